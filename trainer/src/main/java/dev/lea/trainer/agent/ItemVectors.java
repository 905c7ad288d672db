package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// The items as a network sees them.
interface ItemVectors {
    /// What the encoder reads where items stand. Sharing its weights, it may be asked again.
    ///
    /// @param indices int64; n stands for the pad
    /// @return float, one more dimension than the indices: hidden
    Value embedded(Value indices);

    /// `f(s)`, the scores of items.
    ///
    /// @param states float [rows, hidden]
    /// @return float [rows, n]; [rows, n + 1] where the items are an input of the graph, the last column without meaning
    Value logits(Value states);
}
