package dev.lea.trainer.llm;

import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;

/// Keys and values that an earlier run gave out, one tensor for all layers; and those of this run, to be given out.
/// For serving: no gradient passes.
///
/// Made for one application of one network: it gathers what the layers ask it for, in their order.
public final class KeyValueMemory implements Llama.Memory {
    private final Value past;
    private final Value position;
    private final Value[] fresh;

    private KeyValueMemory(Value past, Value position, int parts) {
        this.past = past;
        this.position = position;
        this.fresh = new Value[parts];
    }

    /// Declares the inputs `past` and `past_position`.
    ///
    /// @param rows of a batch
    public static KeyValueMemory inputs(
            Graph graph, LlamaConfig config, long rows, long remembered) {
        int parts = 2 * config.layers();
        return new KeyValueMemory(
                graph.input(
                        KeyValueShape.PAST,
                        ElementType.FLOAT,
                        rows,
                        parts,
                        config.keyValueHeads(),
                        remembered,
                        config.headDimension()),
                graph.input(KeyValueShape.PAST_POSITION, ElementType.INT64, rows, remembered),
                parts);
    }

    /// Positions of the remembered places: int64 [rows, remembered].
    public Value position() {
        return position;
    }

    @Override
    public Value with(int layer, Kind kind, Value keysOrValues) {
        int part = 2 * layer + (kind == Kind.KEY ? 0 : 1);
        fresh[part] = keysOrValues.transpose(0, 2, 1, 3, 4);
        Value remembered = past.slice(1, part, part + 1L).transpose(0, 2, 1, 3, 4);
        return past.graph().concat(3, remembered, keysOrValues);
    }

    /// What the places of this run will be remembered by: float [rows, parts, keyValueHeads, length, d].
    public Value present() {
        return past.graph().concat(1, fresh);
    }
}
