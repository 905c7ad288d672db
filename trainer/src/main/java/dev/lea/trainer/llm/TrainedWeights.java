package dev.lea.trainer.llm;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Value;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Weights that we trained, in memory.
///
/// @param parameters by the names of [Trained]
public record TrainedWeights(Parameters parameters) implements ModelWeights {
    @Override
    public Llama.Weights frozen(Graph graph) {
        return new Frozen(graph, parameters, new HashMap<>());
    }

    @Override
    public void embedding(int token, float[] into) {
        System.arraycopy(
                parameters.get(Trained.PREFIX + Llama.EMBEDDING),
                token * into.length,
                into,
                0,
                into.length);
    }

    @Override
    public Optional<Path> folder() {
        return Optional.empty();
    }

    @Override
    public List<Path> files() {
        return List.of();
    }

    @Override
    public String digest() {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            parameters.digest(sha);
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// The arrays as constants.
    private record Frozen(Graph graph, Parameters parameters, Map<String, Value> constants)
            implements Llama.Weights {
        @Override
        public Value tensor(String name, Initial initial, long... shape) {
            return constants.computeIfAbsent(
                    Trained.PREFIX + name,
                    full -> graph.constant(full, parameters.get(full), shape));
        }

        @Override
        public Value project(Value x, String name, Initial initial, long in, long out) {
            return x.matmul(tensor(name, initial, in, out));
        }
    }
}
