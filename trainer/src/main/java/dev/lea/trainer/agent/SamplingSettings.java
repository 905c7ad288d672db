package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;

/// From how many items on an update looks at a sample of the catalogue instead of the whole, see [Candidates].
///
/// @param above      the largest catalogue of which every update sees every item, 1..2,147,483,646
/// @param candidates items that an update samples above that, K, 1..1,048,576; fewer where there are fewer
/// @param popular    share of them that is drawn by popularity, the rest evenly, 0..0.99
public record SamplingSettings(int above, int candidates, double popular) {
    public static final SamplingSettings DEFAULT = new SamplingSettings(20_000, 1024, 0.5);

    public SamplingSettings {
        inRange("above", above, 1, Integer.MAX_VALUE - 1);
        inRange("candidates", candidates, 1, 1 << 20);
        inRange("popular", popular, 0, 0.99);
    }

    /// Whether updates see a sample of so many items.
    public boolean samples(int items) {
        return items > above;
    }

    public SamplingSettings withAbove(int above) {
        return new SamplingSettings(above, candidates, popular);
    }

    public SamplingSettings withCandidates(int candidates) {
        return new SamplingSettings(above, candidates, popular);
    }

    public SamplingSettings withPopular(double popular) {
        return new SamplingSettings(above, candidates, popular);
    }
}
