package dev.lea.trainer.llm;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.Manifest;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Progress;
import dev.lea.trainer.net.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

/// A bundle of kind `llm`: an imported language model (docs/llm-import.md has the layout).
///
/// @param bundle the verified folder
/// @param spec   the content of its `llm.json`
public record LlmBundle(Bundle bundle, LlmSpec spec) {
    /// Kind of the bundle.
    public static final String KIND = "llm";

    /// Name of the file that says what the model is.
    public static final String SPEC = "llm.json";

    /// Name of the graph from hidden states to logits.
    public static final String HEAD = "head.onnx";

    /// Name of the tokenizer's file.
    public static final String TOKENIZER = "tokenizer.json";

    private static final long OPEN = -1;
    private static final int PROBES = 2;

    /// The weights stay in their file: an import needs no memory for a second model.
    private static final OnnxOptions AS_WRITTEN =
            OnnxOptions.SERVING.withWeights(new OnnxOptions.Weights(Optional.empty(), true));

    private static final int PROBE_LENGTH = 8;

    /// What is to be written.
    ///
    /// @param name       of the model
    /// @param family     its `model_type`
    /// @param source     of each weight by its name in the [Outline]; matrices as [out, in]
    /// @param startToken that a text begins behind
    public record Draft(
            String name,
            String family,
            LlamaConfig config,
            Function<String, TensorSource> source,
            String tokenizerJson,
            int startToken) {}

    /// Writes a model into a folder that does not exist yet; when anything fails nothing is left of it.
    ///
    /// @param progress hears of elements
    public static LlmBundle write(
            Path folder, Draft draft, Precision precision, int blockSize, Progress progress) {
        Map<String, Outline.Weight> outline = Outline.of(draft.config());
        try (BundleWriter writer = BundleWriter.create(folder)) {
            var written =
                    WeightWriter.write(
                            writer.file(StoredWeights.FILE),
                            outline,
                            draft.source(),
                            precision,
                            blockSize,
                            progress);
            var spec =
                    new LlmSpec(
                            draft.family(),
                            draft.config(),
                            precision,
                            blockSize,
                            draft.startToken(),
                            written.tensors());
            writer.writeNoItems();
            writer.write(SPEC, spec.toBytes());
            writer.write(
                    TOKENIZER,
                    draft.tokenizerJson().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            Path aside = writer.file(StoredWeights.FILE).getParent();
            ModelWeights weights = StoredWeights.open(aside, spec, "");
            writer.write(Bundle.MODEL, model(spec, weights));
            writer.write(HEAD, head(spec, weights));
            try (OnnxModel model = OnnxModel.load(writer.file(Bundle.MODEL), AS_WRITTEN)) {
                writer.write(Bundle.PROBES, probes(model, draft.config()).toBytes());
                Bundle bundle =
                        writer.commit(
                                Manifest.draft(
                                        KIND,
                                        draft.name(),
                                        model.inputs(),
                                        model.outputs(),
                                        Map.of(),
                                        Map.of(
                                                "parameters",
                                                (double) parameters(outline),
                                                "rounding.error",
                                                written.worst()),
                                        Map.of(
                                                "family", draft.family(),
                                                "precision", precision.toString(),
                                                "block_size", Integer.toString(blockSize))));
                return new LlmBundle(bundle, spec);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the language model to " + folder, e);
        }
    }

    /// Weights of the model, whatever their precision.
    static long parameters(Map<String, Outline.Weight> outline) {
        return outline.values().stream().mapToLong(Outline.Weight::elements).sum();
    }

    /// Bytes that a bundle's weights will have.
    public static long bytes(LlamaConfig config, Precision precision, int blockSize) {
        return WeightWriter.bytes(Outline.of(config), precision, blockSize);
    }

    /// Reads a folder and verifies every byte of it.
    ///
    /// @throws Failure.Corrupt if it is no bundle of a language model
    public static LlmBundle open(Path folder) {
        Bundle bundle = Bundle.open(folder);
        if (!bundle.manifest().kind().equals(KIND)) {
            throw new Failure.Corrupt(
                    "BUNDLE_KIND_WRONG",
                    folder
                            + " holds a bundle of kind '"
                            + bundle.manifest().kind()
                            + "' but '"
                            + KIND
                            + "' is needed; lea llm import makes one");
        }
        return new LlmBundle(bundle, LlmSpec.read(bundle.file(SPEC)));
    }

    /// Whether a path as the user wrote it is a folder with an imported model; nothing of it is verified.
    public static boolean isIn(String path) {
        try {
            return Files.isRegularFile(Path.of(path).resolve(SPEC));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /// The model, its weights staying in the bundle's file.
    public LanguageModel model() {
        try {
            return new LanguageModel(
                    spec.config(),
                    StoredWeights.open(bundle.folder(), spec, bundle.digest()),
                    Files.readString(bundle.file(TOKENIZER)),
                    spec.startToken());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + bundle.file(TOKENIZER), e);
        }
    }

    /// `model.onnx`: hidden states of texts.
    private static byte[] model(LlmSpec spec, ModelWeights weights) {
        Graph graph = new Graph();
        Value tokens = graph.input("tokens", ElementType.INT64, OPEN, OPEN);
        Value position = graph.input("position", ElementType.INT64, OPEN, OPEN);
        Llama llama = new Llama(spec.config(), weights.frozen(graph));
        Value hidden = llama.hidden(llama.embed(tokens), position, Masks.ordered(position));
        return written(graph, graph.named("hidden", hidden));
    }

    /// `head.onnx`: logits of hidden states. By itself, because ONNX Runtime computes every output of a graph,
    /// asked for or not, and few who want states want a number for each word of the vocabulary.
    private static byte[] head(LlmSpec spec, ModelWeights weights) {
        Graph graph = new Graph();
        Value hidden = graph.input("hidden", ElementType.FLOAT, OPEN, OPEN, spec.config().width());
        Llama llama = new Llama(spec.config(), weights.frozen(graph));
        return written(graph, graph.named("logits", llama.logits(hidden)));
    }

    private static byte[] written(Graph graph, Value output) {
        return OnnxWriter.serving(graph, List.of(output), new Parameters(Map.of()));
    }

    private static Probes probes(OnnxModel model, LlamaConfig config) {
        var random = new SplittableRandom(config.vocabulary());
        int length = Math.min(PROBE_LENGTH, config.positions());
        List<Map<String, Tensor>> calls = new ArrayList<>();
        for (int p = 0; p < PROBES; p++) {
            calls.add(
                    Map.of(
                            "tokens",
                            Tensor.of(
                                    random.longs(length, 0, config.vocabulary()).toArray(),
                                    1,
                                    length),
                            "position",
                            Tensor.of(
                                    java.util.stream.LongStream.range(0, length).toArray(),
                                    1,
                                    length)));
        }
        try {
            return Probes.record(model, calls, List.of("hidden"), Map.of());
        } finally {
            calls.forEach(call -> call.values().forEach(Tensor::close));
        }
    }
}
