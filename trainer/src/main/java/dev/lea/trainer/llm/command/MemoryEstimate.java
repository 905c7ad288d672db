package dev.lea.trainer.llm.command;

import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.LlmSpec;
import dev.lea.trainer.llm.Precision;

/// What a model needs on a CPU, in bytes.
///
/// @param served   to hold it where it serves: whole numbers as they are stored, floats as float32, with room for one
///     pass of [#TOKENS] tokens
/// @param perToken of a kept history: keys and values
/// @param fitted   to hold it while adapters are fitted: the file as it is, shared by all (but float16, which is
///     widened), one matrix of whole numbers widened at a time, and what the backward pass keeps of a pass of
///     [#TOKENS] tokens
record MemoryEstimate(long served, long perToken, long fitted) {
    private static final long TOKENS = 512;

    static MemoryEstimate of(LlmSpec spec) {
        LlamaConfig config = spec.config();
        long stored = spec.bytes();
        long widened = spec.precision() == Precision.FP16 ? 2 * stored : stored;
        long keyValues = 2L * config.keyValueHeads() * config.headDimension();
        long queries = (long) config.heads() * config.headDimension();
        long layer = 4L * config.width() + 2 * queries + keyValues + 3L * config.feedForward();
        long attention = config.heads() * TOKENS;
        long pass = TOKENS * (layer + 2 * attention) * Float.BYTES;
        long matrix = (long) config.width() * config.feedForward() * Float.BYTES;
        return new MemoryEstimate(
                widened + pass,
                config.layers() * keyValues * Float.BYTES,
                widened + 3 * matrix + config.layers() * pass);
    }
}
