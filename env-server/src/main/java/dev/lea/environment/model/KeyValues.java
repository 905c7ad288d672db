package dev.lea.environment.model;

import dev.lea.serving.feature.KeyValueShape;

/// What a graph remembers of the first places of a trunk: float [parts, heads, places, dimension], row-major, as
/// [KeyValueShape] says. It depends on these places alone, so whatever begins with them can go on from it.
///
/// @param elements shared: must not be written to
record KeyValues(int places, float[] elements) {
    static final KeyValues NOTHING = new KeyValues(0, new float[0]);

    /// Writes the first places into a row of another length.
    ///
    /// @param count of places, at most as many as there are
    /// @param at    where the row begins in `out`
    /// @param row   places of the row
    void copyTo(KeyValueShape shape, int count, float[] out, int at, int row) {
        int dimension = shape.dimension();
        for (int head = 0; head < shape.parts() * shape.heads(); head++) {
            System.arraycopy(
                    elements,
                    head * places * dimension,
                    out,
                    at + head * row * dimension,
                    count * dimension);
        }
    }

    /// The first `count` places of these, and behind them the first `fresh` places of a run.
    ///
    /// @param present [parts, heads, length, dimension] from `at` on
    KeyValues and(KeyValueShape shape, int count, float[] present, int at, int length, int fresh) {
        int dimension = shape.dimension();
        int both = count + fresh;
        float[] out = new float[shape.floats() * both];
        copyTo(shape, count, out, 0, both);
        for (int head = 0; head < shape.parts() * shape.heads(); head++) {
            System.arraycopy(
                    present,
                    at + head * length * dimension,
                    out,
                    (head * both + count) * dimension,
                    fresh * dimension);
        }
        return new KeyValues(both, out);
    }
}
