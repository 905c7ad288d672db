package dev.lea.trainer.agent;

import dev.lea.trainer.net.Value;

/// Turns histories into states: `s_t = G(x_1..x_t)`.
interface Encoder {
    /// Adds the nodes that encode a batch of histories. A second call shares the weights of the first.
    ///
    /// @param history int64 [rows, L]: dense item indices, oldest first, right-padded with the number of items
    /// @param length  int64 [rows]: items in the row, 1..L; an empty history is one pad of length 1
    /// @return float [rows, hidden]
    Value encode(Value history, Value length, Dropout dropout);
}
