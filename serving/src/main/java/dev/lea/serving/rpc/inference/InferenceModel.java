package dev.lea.serving.rpc.inference;

import dev.lea.serving.Failure;
import dev.lea.serving.swap.Version;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// A server's model as the protocol sees it.
public interface InferenceModel {
    /// Its name on the wire.
    String name();

    /// The version that answers; empty while none does.
    Optional<Version> live();

    /// Tensors that it takes, the required ones first.
    List<TensorMetadata> inputs();

    /// How many of the inputs are required.
    int required();

    /// Tensors that it gives.
    List<TensorMetadata> outputs();

    /// Names of the parameters that a request may have.
    Set<String> parameters();

    /// Further facts, by name.
    default Map<String, String> properties() {
        return Map.of();
    }

    /// Answers all rows by one version.
    ///
    /// @throws Failure as the server's own calls do
    CompletableFuture<InferResponse> infer(InferRequest request) throws InterruptedException;
}
