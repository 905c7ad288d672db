package dev.lea.trainer.llm;

import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Parameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The weights of a language model at rest: in memory where we trained it, in a file where it was imported.
public sealed interface ModelWeights permits TrainedWeights, StoredWeights {
    /// The weights as constants of a graph: nothing of them is trained. Graphs that use them are loaded with
    /// [#options].
    Llama.Weights frozen(Graph graph);

    /// All weights by the names of [Trained], to train them.
    ///
    /// @throws dev.lea.serving.Failure.Conflict if they cannot be trained as they are stored
    Parameters parameters();

    /// Reads the embedding of a token.
    ///
    /// @param into as long as the model is wide
    void embedding(int token, float[] into);

    /// Folder of the file that the weights are in; empty where they are in memory.
    Optional<Path> folder();

    /// Files that a model which holds these weights as constants needs beside it.
    List<Path> files();

    /// Identity of the weights, hexadecimal.
    String digest();

    /// Where graphs over these weights find them.
    ///
    /// @param shared whether the weights are read where they lie rather than copied into faster layouts
    default OnnxOptions options(OnnxOptions options, boolean shared) {
        return folder().isEmpty()
                ? options
                : options.withWeights(new OnnxOptions.Weights(folder(), shared));
    }
}
