package dev.lea.serving.feature;

import dev.lea.serving.onnx.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The inputs of an environment's `text.onnx`, which gives an item's row from its text.
public final class TextBatch {
    /// Text tokens, int64 [texts, length], padded with 0 on the right.
    public static final String TOKENS = "tokens";

    /// int64 [texts, length]: 0, 1, 2.. also under the padding.
    public static final String POSITION = "position";

    /// float [texts, length]: 1 where a token stands, 0 where padding does.
    public static final String VALID = "valid";

    /// Output, float [texts, W]: rows of the item table.
    public static final String ROWS = "rows";

    private TextBatch() {}

    /// Puts texts together; the caller closes the tensors.
    ///
    /// @param texts none empty
    public static Map<String, Tensor> tensors(List<long[]> texts) {
        int rows = texts.size();
        int length = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
        long[] tokens = new long[rows * length];
        long[] position = new long[rows * length];
        float[] valid = new float[rows * length];
        for (int r = 0; r < rows; r++) {
            long[] text = texts.get(r);
            System.arraycopy(text, 0, tokens, r * length, text.length);
            Arrays.fill(valid, r * length, r * length + text.length, 1);
            for (int place = 0; place < length; place++) {
                position[r * length + place] = place;
            }
        }
        return Map.of(
                TOKENS, Tensor.of(tokens, rows, length),
                POSITION, Tensor.of(position, rows, length),
                VALID, Tensor.of(valid, rows, length));
    }
}
