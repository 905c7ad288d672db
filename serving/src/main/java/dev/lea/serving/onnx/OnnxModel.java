package dev.lea.serving.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.lea.serving.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One loaded graph.
///
/// Safe to [#run] from many threads at once. Must not be closed while any of them is inside: that kills
/// the JVM, and is what [dev.lea.serving.swap] is for.
public final class OnnxModel implements AutoCloseable {
    private final OrtSession.SessionOptions options; // must outlive the session
    private final OrtSession session;
    private final List<TensorSpec> inputs;
    private final List<TensorSpec> outputs;
    private boolean closed; // guarded by this

    private OnnxModel(
            OrtSession.SessionOptions options,
            OrtSession session,
            List<TensorSpec> inputs,
            List<TensorSpec> outputs) {
        this.options = options;
        this.session = session;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /// Loads a model file.
    ///
    /// @throws Failure.Corrupt if ONNX Runtime does not accept it
    public static OnnxModel load(Path file, OnnxOptions options) {
        return load(
                options,
                settings -> OnnxEnvironment.environment().createSession(file.toString(), settings),
                file.toString());
    }

    /// Loads a model from its bytes.
    ///
    /// @throws Failure.Corrupt if ONNX Runtime does not accept it
    public static OnnxModel load(byte[] model, OnnxOptions options) {
        return load(
                options,
                settings -> OnnxEnvironment.environment().createSession(model, settings),
                "model in memory");
    }

    private interface Opener {
        OrtSession open(OrtSession.SessionOptions settings) throws OrtException;
    }

    private static OnnxModel load(OnnxOptions options, Opener opener, String what) {
        var settings = new OrtSession.SessionOptions();
        OrtSession session = null;
        try {
            settings.setIntraOpNumThreads(options.threads());
            settings.setInterOpNumThreads(1);
            boolean onGpu = options.device() == Device.CUDA;
            settings.setMemoryPatternOptimization(options.memoryPlan() && !onGpu);
            if (onGpu) {
                Cuda.place(settings);
            }
            settings.addConfigEntry(
                    "session.intra_op.allow_spinning", options.spinning() ? "1" : "0");
            place(options.weights(), settings);
            session = opener.open(settings);
            return new OnnxModel(
                    settings,
                    session,
                    specs(session.getInputInfo()),
                    specs(session.getOutputInfo()));
        } catch (OrtException | RuntimeException e) {
            closeQuietly(session);
            settings.close();
            throw new Failure.Corrupt(
                    "MODEL_NOT_LOADABLE", what + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    private static void place(OnnxOptions.Weights weights, OrtSession.SessionOptions settings)
            throws OrtException {
        if (weights.folder().isPresent()) {
            settings.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    weights.folder().get().toAbsolutePath().toString());
        }
        if (weights.asTheyAre()) { // both would copy them
            settings.addConfigEntry("session.disable_prepacking", "1");
            settings.addConfigEntry("optimization.disable_specified_optimizers", "ConstantFolding");
        }
    }

    public List<TensorSpec> inputs() {
        return inputs;
    }

    public List<TensorSpec> outputs() {
        return outputs;
    }

    /// Runs the graph and hands out new tensors.
    ///
    /// @param inputs  every input of the graph by name; they stay the caller's
    /// @param wanted  names of the outputs to hand out; the others are computed all the same
    /// @throws Failure.Broken if the graph fails on these inputs
    public Outputs run(Map<String, Tensor> inputs, Collection<String> wanted) {
        try {
            return new Outputs(session.run(values(inputs), Set.copyOf(wanted)));
        } catch (OrtException e) {
            throw failed(inputs, e);
        }
    }

    /// Runs the graph into tensors that exist already, which saves their allocation.
    ///
    /// @param outputs tensors of exactly the right type and shape; none may also be an input
    /// @throws Failure.Broken if the graph fails on these inputs
    public void runInto(Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        Map<String, OnnxValue> pinned = new HashMap<>();
        outputs.forEach((name, tensor) -> pinned.put(name, tensor.value()));
        try (var _ = session.run(values(inputs), Set.of(), pinned)) {
            // the results stand in `outputs`
        } catch (OrtException e) {
            throw failed(inputs, e);
        }
    }

    /// Frees the graph. A second call does nothing.
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            closeQuietly(session);
            options.close();
        }
    }

    private static Map<String, OnnxTensorLike> values(Map<String, Tensor> tensors) {
        Map<String, OnnxTensorLike> values = HashMap.newHashMap(tensors.size());
        tensors.forEach((name, tensor) -> values.put(name, tensor.value()));
        return values;
    }

    private static Failure failed(Map<String, Tensor> inputs, OrtException e) {
        var shapes = new StringBuilder();
        inputs.forEach((name, tensor) ->
                shapes.append(' ').append(name).append(Arrays.toString(tensor.shape())));
        return new Failure.Broken("the graph failed on inputs" + shapes + ": " + e.getMessage(), e);
    }

    private static List<TensorSpec> specs(Map<String, NodeInfo> nodes) {
        List<TensorSpec> specs = new ArrayList<>();
        nodes.forEach((name, node) -> {
            var info = (TensorInfo) node.getInfo();
            specs.add(
                    new TensorSpec(
                            name,
                            ElementType.of(info.type),
                            Arrays.stream(info.getShape()).boxed().toList()));
        });
        return List.copyOf(specs);
    }

    private static void closeQuietly(OrtSession session) {
        if (session != null) {
            try {
                session.close();
            } catch (OrtException e) {
                throw new Failure.Broken("closing a session", e);
            }
        }
    }
}
