package dev.lea.trainer.experiment;

import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.Parts;
import dev.lea.trainer.evaluation.RankingEvaluation;
import dev.lea.trainer.evaluation.TextDistance;

/// A data set as an experiment looks at it.
///
/// @param name        of the experiment's choice
/// @param data        as read
/// @param parts       what is learned from and what is reported on
/// @param transitions to learn from
/// @param evaluation  that ranks all its items
/// @param distance    between its items
record Subject(
        String name,
        Dataset data,
        Parts parts,
        Transitions transitions,
        RankingEvaluation evaluation,
        TextDistance distance) {
    static Subject of(String name, Dataset data, Parts parts) {
        return new Subject(
                name,
                data,
                parts,
                Transitions.of(parts.train()),
                new RankingEvaluation(data.catalogue().size()),
                TextDistance.of(data.catalogue()));
    }

    int items() {
        return data.catalogue().size();
    }
}
