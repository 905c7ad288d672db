package dev.lea.trainer.run;

import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.evaluation.Ranking;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Items that a run learns nothing of but their texts, to see what it makes of new ones.
///
/// @param known one an item: whether the run learns from its events
record HeldOutItems(boolean[] known) {
    /// Draws a share of the items.
    static HeldOutItems draw(int items, double share, long seed) {
        boolean[] known = new boolean[items];
        var random = new SplittableRandom(seed + 7);
        for (int item = 0; item < items; item++) {
            known[item] = random.nextDouble() >= share;
        }
        return new HeldOutItems(known);
    }

    /// Whether there are none.
    boolean isEmpty() {
        return IntStream.range(0, known.length).allMatch(item -> known[item]);
    }

    /// The sequences without the events of these items; one that has no other events is left out.
    List<Sequence> takenFrom(List<Sequence> sequences) {
        return sequences.stream()
                .filter(s -> Arrays.stream(s.items()).anyMatch(item -> known[item]))
                .map(this::takenFrom)
                .toList();
    }

    /// Figures of a ranking of all items, apart for events whose item was held out (`test.new.ndcg@10`) and for the
    /// others (`test.seen.ndcg@10`), with what a random ranking would have (`test.random.ndcg@10`).
    ///
    /// @param part "valid" or "test"
    Map<String, Double> figures(String part, Ranking ranking) {
        Map<String, Double> figures = new LinkedHashMap<>();
        for (boolean seen : new boolean[] {false, true}) {
            String name = part + (seen ? ".seen." : ".new.");
            int[] events =
                    IntStream.range(0, ranking.events().size())
                            .filter(event -> known[ranking.events().action(event)] == seen)
                            .toArray();
            figures.put(name + "events", (double) events.length);
            if (events.length > 0) {
                figures.put(
                        name + "hr@10",
                        Arrays.stream(events)
                                .mapToDouble(event -> ranking.rank(event) <= 10 ? 1 : 0)
                                .average()
                                .orElseThrow());
                figures.put(
                        name + "ndcg@10",
                        Arrays.stream(events)
                                .mapToDouble(event -> ranking.gain(event, 10))
                                .average()
                                .orElseThrow());
            }
        }
        figures.put(
                part + ".random.ndcg@10",
                IntStream.rangeClosed(1, Math.min(10, known.length))
                        .mapToDouble(rank -> Ranking.gainOfRank(rank, 10) / known.length)
                        .sum());
        figures.put(part + ".random.hr@10", Math.min(1, 10.0 / known.length));
        return figures;
    }

    private Sequence takenFrom(Sequence sequence) {
        int[] kept =
                IntStream.range(0, sequence.length())
                        .filter(t -> known[sequence.item(t)])
                        .toArray();
        byte[] events = sequence.hasEvents() ? new byte[kept.length] : null;
        int[] items = new int[kept.length];
        for (int i = 0; i < kept.length; i++) {
            items[i] = sequence.item(kept[i]);
            if (events != null) {
                events[i] = sequence.event(kept[i]);
            }
        }
        return new Sequence(sequence.userId(), items, events);
    }
}
