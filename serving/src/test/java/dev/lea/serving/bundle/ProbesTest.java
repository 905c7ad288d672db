package dev.lea.serving.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Probes.Array;
import dev.lea.serving.bundle.Probes.Probe;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import dev.lea.serving.onnx.format.AttributeProto;
import dev.lea.serving.onnx.format.GraphProto;
import dev.lea.serving.onnx.format.ModelProto;
import dev.lea.serving.onnx.format.NodeProto;
import dev.lea.serving.onnx.format.OperatorSetIdProto;
import dev.lea.serving.onnx.format.TensorShapeProto;
import dev.lea.serving.onnx.format.TypeProto;
import dev.lea.serving.onnx.format.ValueInfoProto;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Over a graph of `score = log(x) + bias`, `best = argmax(x)`, `masked = isinf(log(x))`; `bias` is the shared input.
class ProbesTest {
    private static final List<String> OUTPUTS = List.of("score", "best", "masked");

    @TempDir Path scratch;
    private final OnnxModel model = OnnxModel.load(graph(), OnnxOptions.SERVING);

    @AfterEach
    void closeModel() {
        model.close();
    }

    @Test
    void record_thenReplay_passes_andKeepsMinusInfinity() {
        Probes probes = throughABundle(recorded(1, 0, 4));
        assertThat(probes.tolerance()).isEqualTo(1e-4);
        Probe probe = probes.probes().getFirst();
        assertThat(probe.inputs().keySet()).containsExactly("x");
        assertThat(probe.inputs().get("x").floats()).containsExactly(1, 0, 4);
        assertThat(probe.outputs().get("score").floats()[1]).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(probe.outputs().get("best").longs()).containsExactly(2);
        assertThat(probe.outputs().get("best").shape()).isEmpty();
        assertThat(probe.outputs().get("masked").booleans()).containsExactly(false, true, false);
        replay(probes, 0.5f);
    }

    @Test
    void replay_withinTheTolerance_passes_andBeyondItDoesNot() {
        Probes probes = recorded(1, 2, 4);
        replay(probes, 0.5f + 9e-5f);
        replay(new Probes(0.01, probes.probes()), 0.509f);
        assertThat(failure(probes, 0.5f + 2e-4f))
                .isEqualTo("PROBE_MISMATCH")
                .isEqualTo(failure(new Probes(0, probes.probes()), Math.nextUp(0.5f)));
        assertThatThrownBy(() -> replay(probes, 1))
                .hasMessage(
                        "probe 0, output score[0] is 1.0 but training saw 0.5 (tolerance 1.0E-4)");
    }

    @Test
    void replay_secondProbeDiffers_isNamed() {
        Probe sound = recorded(1, 2, 4).probes().getFirst();
        Probe other = new Probe(sound.inputs(), Map.of("best", Array.of(new long[] {1})));
        assertThatThrownBy(() -> replay(new Probes(1e-4, List.of(sound, other)), 0.5f))
                .hasMessage("probe 1, output best[0] is 2 but training saw 1");
    }

    @Test
    void replay_notANumber_isRefused() {
        assertThat(failure(recorded(1, 2, 4), Float.NaN)).isEqualTo("PROBE_NOT_FINITE");
        assertThat(failure(recorded(1, 2, 4), Float.POSITIVE_INFINITY))
                .isEqualTo("PROBE_NOT_FINITE");
        assertThat(failure(recorded(1, 2, 4), Float.NEGATIVE_INFINITY))
                .isEqualTo("PROBE_NOT_FINITE");
    }

    @Test
    void replay_expectedNotFinite_isNeverEqual() {
        for (float expected : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            Probes probes = expecting("score", Array.of(new float[] {expected}, 1), expected);
            assertThat(failure(throughABundle(probes), 0)).isEqualTo("PROBE_NOT_FINITE");
        }
        Probes masked = expecting("score", Array.of(new float[] {Float.NEGATIVE_INFINITY}, 1), 1);
        assertThat(failure(masked, 0)).isEqualTo("PROBE_NOT_FINITE");
    }

    @Test
    void record_notANumber_isRefused() {
        assertThatThrownBy(() -> recorded(1, -1))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining("probe 0, output score[1] is NaN");
        assertThatThrownBy(() -> recorded(Float.POSITIVE_INFINITY))
                .isInstanceOf(Failure.Corrupt.class);
    }

    @Test
    void replay_anotherShapeOrType_isAMismatch() {
        assertThat(failure(expecting("score", Array.of(new float[2], 2), 1), 0))
                .isEqualTo("PROBE_MISMATCH");
        assertThat(failure(expecting("score", Array.of(new float[1], 1, 1), 1), 0))
                .isEqualTo("PROBE_MISMATCH");
        assertThat(failure(expecting("score", Array.of(new long[1], 1), 1), 0))
                .isEqualTo("PROBE_MISMATCH");
        assertThat(failure(expecting("masked", Array.of(new boolean[] {true}, 1), 1), 0))
                .isEqualTo("PROBE_MISMATCH");
    }

    @Test
    void replay_whatTheModelDoesNotKnow_isAMismatch() {
        assertThat(failure(expecting("nothing", Array.of(new float[1], 1), 1), 0))
                .isEqualTo("PROBE_MISMATCH");
        Map<String, Array> output = Map.of("score", Array.of(new float[1], 1));
        Map<String, Array> stranger = Map.of("y", Array.of(new float[1], 1));
        assertThat(failure(new Probes(0, List.of(new Probe(stranger, output))), 0))
                .isEqualTo("PROBE_MISMATCH");
        Map<String, Array> wrongType = Map.of("x", Array.of(new long[1], 1));
        assertThat(failure(new Probes(0, List.of(new Probe(wrongType, output))), 0))
                .isEqualTo("PROBE_MISMATCH");
        assertThat(failure(new Probes(0, List.of(new Probe(Map.of(), output))), 0))
                .isEqualTo("PROBE_MISMATCH");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"tolerance\": 0.1, \"probes\": []}",
                "{\"tolerance\": 0.1, \"probes\": [null]}",
                "{\"tolerance\": \"NaN\", \"probes\": [PROBE]}",
                "{\"tolerance\": -1, \"probes\": [PROBE]}",
                "{\"tolerance\": 2, \"probes\": [PROBE]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": null, \"outputs\": {\"y\": ARRAY}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {\"y\": null}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {\"y\": {\"floats\": [1]}}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {\"y\": {\"shape\": [1]}}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {\"y\": {\"shape\": [2], \"floats\": [1]}}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {\"y\": {\"shape\": [-1, -1], \"floats\": [1]}}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {\"y\": {\"shape\": [4294967296, 4294967296], \"floats\": []}}}]}",
                "{\"tolerance\": 0, \"probes\": [{\"inputs\": {}, \"outputs\": {\"y\": {\"shape\": [1], \"floats\": [1], \"longs\": [1]}}}]}"
            })
    void read_malformed_isUnreadable(String json) {
        String array = "{\"shape\": [1], \"floats\": [1]}";
        String probe = "{\"inputs\": {}, \"outputs\": {\"y\": %s}}".formatted(array);
        byte[] content = json.replace("PROBE", probe).replace("ARRAY", array).getBytes(UTF_8);
        Bundle bundle = bundleWith(content);
        var e = catchThrowableOfType(Failure.Corrupt.class, () -> Probes.read(bundle));
        assertThat(e).isNotNull();
        assertThat(e.reason()).isEqualTo("PROBES_UNREADABLE");
    }

    @Test
    void read_bundleWithoutProbes_isCorrupt() {
        Bundle bundle = TestBundles.write(scratch.resolve("bundle"), "model");
        var e = catchThrowableOfType(Failure.Corrupt.class, () -> Probes.read(bundle));
        assertThat(e.reason()).isEqualTo("BUNDLE_FILE_MISSING");
    }

    @Test
    void toBytes_floats_comeBackToTheBit() {
        float[] values = {
            Float.MIN_VALUE, Float.MAX_VALUE, -0.0f, 0.1f, 1 / 3f, 16777215f, Float.MIN_NORMAL
        };
        Probes probes = expecting("score", Array.of(values, values.length), 1);
        float[] again = throughABundle(probes).probes().getFirst().outputs().get("score").floats();
        for (int i = 0; i < values.length; i++) {
            assertThat(Float.floatToRawIntBits(again[i]))
                    .isEqualTo(Float.floatToRawIntBits(values[i]));
        }
    }

    private Probes recorded(float... x) {
        try (var input = Tensor.of(x, x.length);
                var bias = Tensor.of(new float[] {0.5f}, 1)) {
            return Probes.record(model, List.of(Map.of("x", input)), OUTPUTS, Map.of("bias", bias));
        }
    }

    /// One probe that asks for one output.
    private static Probes expecting(String output, Array expected, float x) {
        var input = Array.of(new float[] {x}, 1);
        return new Probes(0, List.of(new Probe(Map.of("x", input), Map.of(output, expected))));
    }

    private void replay(Probes probes, float bias) {
        try (var shared = Tensor.of(new float[] {bias}, 1)) {
            probes.replay(model, Map.of("bias", shared));
        }
    }

    private String failure(Probes probes, float bias) {
        var e = catchThrowableOfType(Failure.Corrupt.class, () -> replay(probes, bias));
        assertThat(e).isNotNull();
        return e.reason();
    }

    private Probes throughABundle(Probes probes) {
        return Probes.read(bundleWith(probes.toBytes()));
    }

    private Bundle bundleWith(byte[] probes) {
        Path folder = scratch.resolve("with-" + Sha256.of(probes));
        try (var writer = BundleWriter.create(folder)) {
            writer.write(ItemIndex.of(List.of("a")));
            writer.write(Bundle.PROBES, probes);
            return writer.commit(TestBundles.draft("policy", Map.of()));
        }
    }

    private static byte[] graph() {
        var graph =
                GraphProto.newBuilder()
                        .setName("test")
                        .addInput(value("x", ElementType.FLOAT, true))
                        .addInput(value("bias", ElementType.FLOAT, true))
                        .addNode(node("Log", "log", "x"))
                        .addNode(node("Add", "score", "log", "bias"))
                        .addNode(argMax())
                        .addNode(node("IsInf", "masked", "log"))
                        .addOutput(value("score", ElementType.FLOAT, true))
                        .addOutput(value("best", ElementType.INT64, false))
                        .addOutput(value("masked", ElementType.BOOL, true));
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static NodeProto node(String type, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }

    private static NodeProto argMax() {
        return node("ArgMax", "best", "x").toBuilder()
                .addAttribute(
                        AttributeProto.newBuilder()
                                .setName("keepdims")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(0))
                .build();
    }

    private static ValueInfoProto value(String name, ElementType type, boolean vector) {
        var shape = TensorShapeProto.newBuilder();
        if (vector) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(
                        TypeProto.newBuilder()
                                .setTensorType(
                                        TypeProto.Tensor.newBuilder()
                                                .setElemType(type.code())
                                                .setShape(shape)))
                .build();
    }
}
