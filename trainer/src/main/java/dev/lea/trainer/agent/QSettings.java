package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.inRange;

/// Q-learning.
///
/// @param gamma     discount, 0..1
/// @param negatives actions not taken that a transition also learns from, 1..1000; SNQN only
/// @param weight    w, of the Q losses beside the cross entropy, 0..100
public record QSettings(double gamma, int negatives, double weight) {
    public static final QSettings DEFAULT = new QSettings(0.5, 10, 1);

    public QSettings {
        inRange("gamma", gamma, 0, 1);
        inRange("negatives", negatives, 1, 1000);
        inRange("weight", weight, 0, 100);
    }

    public QSettings withGamma(double gamma) {
        return new QSettings(gamma, negatives, weight);
    }

    public QSettings withNegatives(int negatives) {
        return new QSettings(gamma, negatives, weight);
    }

    public QSettings withWeight(double weight) {
        return new QSettings(gamma, negatives, weight);
    }
}
