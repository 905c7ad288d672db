package dev.lea.trainer.evaluation;

import java.util.List;

/// Anything that can say how well each item of the catalogue would come next.
@FunctionalInterface
public interface Scorer {
    /// Scores all n items for each history; larger is better, and only the order within a row counts.
    ///
    /// @param histories item indices, oldest first, whole and possibly empty; not to be changed
    /// @param scores row-major `[histories, n]`, at least that long, to be filled without NaN; reused by
    ///     the caller, so what it held before means nothing
    void score(List<int[]> histories, float[] scores);
}
