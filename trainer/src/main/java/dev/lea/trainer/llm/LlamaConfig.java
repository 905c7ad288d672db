package dev.lea.trainer.llm;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

/// Sizes and parts of a Llama-style decoder.
///
/// @param vocabulary    text tokens
/// @param width         of the residual stream
/// @param layers        blocks
/// @param heads         query heads
/// @param keyValueHeads key and value heads, a divisor of `heads` (grouped-query attention)
/// @param headDimension of one head, even
/// @param feedForward   inner width of SwiGLU
/// @param ropeTheta     base of the rotary frequencies
/// @param normEpsilon   under the root of RMSNorm
/// @param positions     positions that may occur
/// @param ropeScaling   of the rotary frequencies; none where absent
/// @param parts         that the families differ in; none where absent
public record LlamaConfig(
        int vocabulary,
        int width,
        int layers,
        int heads,
        int keyValueHeads,
        int headDimension,
        int feedForward,
        double ropeTheta,
        double normEpsilon,
        int positions,
        RopeScaling ropeScaling,
        Parts parts) {
    /// What some families have and others have not.
    ///
    /// @param inputBias       biases of the query, key and value projections
    /// @param outputBias      a bias of attention's output projection
    /// @param feedForwardBias biases of the three projections of SwiGLU
    /// @param headNorms       an RMSNorm over each query and key head, before the rotation
    /// @param ownHead         an output head of its own; else it is the embedding
    public record Parts(
            boolean inputBias,
            boolean outputBias,
            boolean feedForwardBias,
            boolean headNorms,
            boolean ownHead) {
        /// The plain Llama with a tied head.
        public static final Parts NONE = new Parts(false, false, false, false, false);
    }

    public LlamaConfig {
        ropeScaling = ropeScaling == null ? RopeScaling.NONE : ropeScaling;
        parts = parts == null ? Parts.NONE : parts;
        inRange("vocabulary", vocabulary, 1, 1 << 20);
        inRange("width", width, 2, 1 << 16);
        inRange("layers", layers, 1, 512);
        inRange("heads", heads, 1, 1024);
        inRange("keyValueHeads", keyValueHeads, 1, heads);
        inRange("headDimension", headDimension, 2, 1024);
        inRange("feedForward", feedForward, 1, 1 << 18);
        inRange("ropeTheta", ropeTheta, 1, 1e12);
        inRange("normEpsilon", normEpsilon, 0, 0.1);
        inRange("positions", positions, 1, 1 << 20);
        require(
                heads % keyValueHeads == 0,
                "heads must be a multiple of keyValueHeads but are "
                        + heads
                        + " and "
                        + keyValueHeads);
        require(headDimension % 2 == 0, "headDimension must be even but is " + headDimension);
    }

    /// A small model of `layers` blocks: heads of width 16 in pairs that share keys and values.
    public static LlamaConfig small(int vocabulary, int width, int layers, int positions) {
        int heads = Math.max(2, width / 16);
        return new LlamaConfig(
                vocabulary,
                width,
                layers,
                heads,
                heads / 2,
                width / heads,
                width * 5 / 2,
                10_000,
                1e-5,
                positions,
                RopeScaling.NONE,
                Parts.NONE);
    }

    /// Angle a position of each pair of a head's elements.
    double[] rotaryFrequencies() {
        return ropeScaling.frequencies(headDimension, ropeTheta);
    }
}
