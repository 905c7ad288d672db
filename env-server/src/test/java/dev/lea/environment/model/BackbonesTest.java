package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.feature.AdapterWeights;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.swap.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BackbonesTest {
    private static final ToyEnvironment ONE = ToyEnvironment.SMALL.byAdapter();
    private static final ToyEnvironment OTHER = ONE.withShift(0.3f);

    @TempDir Path folder;

    private final Backbones backbones = new Backbones();

    @Test
    void load_versionsOfOneBackbone_loadsItOnce_andEachAnswersAsItself() throws Exception {
        Bundle first = ToyBundle.write(folder.resolve("first"), ONE);
        Bundle second = ToyBundle.write(folder.resolve("second"), OTHER);
        assertThat(sha(first, Bundle.MODEL)).isEqualTo(sha(second, Bundle.MODEL));
        assertThat(sha(first, AdapterWeights.FILE)).isNotEqualTo(sha(second, AdapterWeights.FILE));
        var one = load(first);
        try (var other = load(second)) {
            assertThat(backbones.size()).isEqualTo(1);
            assertScore(one, ONE);
            assertScore(other, OTHER);
            one.close();
            one.close();
            assertThat(backbones.size()).isEqualTo(1);
            assertScore(other, OTHER);
        }
        assertThat(backbones.size()).isZero();
    }

    @Test
    void load_versionsThatWereFittedAsAWhole_haveTheirOwn() throws Exception {
        var whole = ToyEnvironment.SMALL;
        try (var one = load(ToyBundle.write(folder.resolve("one"), whole));
                var other = load(ToyBundle.write(folder.resolve("other"), whole.withShift(0.3f)))) {
            assertThat(backbones.size()).isEqualTo(2);
            assertScore(one, whole);
            assertScore(other, whole.withShift(0.3f));
        }
        assertThat(backbones.size()).isZero();
    }

    @Test
    void missingBytes_ofABackboneThatIsLoaded_countTheRestAlone() {
        Bundle first = ToyBundle.write(folder.resolve("first"), ONE);
        Bundle second = ToyBundle.write(folder.resolve("second"), OTHER);
        var options = OnnxOptions.SERVING.withDevice(Device.CPU);
        assertThat(backbones.missingBytes(second, options)).isEqualTo(second.sizeBytes());
        try (var _ = load(first)) {
            assertThat(backbones.missingBytes(second, options))
                    .isEqualTo(
                            second.sizeBytes()
                                    - second.manifest().files().get(Bundle.MODEL).sizeBytes());
        }
    }

    @Test
    void load_anAdapterThatIsNone_isRefused_andNothingStaysLoaded() {
        assertRefused(
                arrays -> with(arrays, "scale", Float.NaN),
                "ADAPTER_NOT_FINITE",
                "adapter.safetensors holds NaN in tensor scale, element 0");
        assertRefused(
                arrays -> Map.of("shift", arrays.get("shift")),
                "SCHEMA_MISMATCH",
                "model.onnx has inputs that nothing is fed to: [scale]");
        assertRefused(
                arrays -> with(arrays, "more", 1),
                "SCHEMA_MISMATCH",
                "model.onnx lacks the input more");
        assertRefused(
                arrays ->
                        Map.of(
                                "shift",
                                arrays.get("shift"),
                                "scale",
                                new AdapterWeights.Array(new long[] {2}, new float[] {1, 1})),
                "SCHEMA_MISMATCH",
                "model.onnx has the input scale as FLOAT [] but must have FLOAT [2]");
        assertRefused(arrays -> with(arrays, "scale", 1.01f), "PROBE_MISMATCH", "probe 0");
        var cut =
                ToyBundle.write(
                        folder.resolve("cut"),
                        ONE,
                        files ->
                                files.put(
                                        AdapterWeights.FILE,
                                        "not a tensor".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> load(cut))
                .isInstanceOfSatisfying(
                        Failure.Corrupt.class,
                        e -> assertThat(e.reason()).isEqualTo("ADAPTER_UNREADABLE"));
        assertThat(backbones.size()).isZero();
    }

    private void assertRefused(
            UnaryOperator<Map<String, AdapterWeights.Array>> change,
            String reason,
            String message) {
        var bundle =
                ToyBundle.write(
                        folder.resolve("refused-" + System.nanoTime()),
                        ONE,
                        files ->
                                files.put(
                                        AdapterWeights.FILE,
                                        new AdapterWeights(change.apply(ONE.adapter().arrays()))
                                                .toBytes()));
        assertThatThrownBy(() -> load(bundle))
                .isInstanceOfSatisfying(
                        Failure.Corrupt.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
        assertThat(backbones.size()).isZero();
    }

    private static Map<String, AdapterWeights.Array> with(
            Map<String, AdapterWeights.Array> arrays, String name, float value) {
        Map<String, AdapterWeights.Array> changed = new HashMap<>(arrays);
        changed.put(name, new AdapterWeights.Array(new long[0], new float[] {value}));
        return changed;
    }

    private LanguageEnvironment load(Bundle bundle) {
        return new EnvironmentLoader(
                        1,
                        new QueueLimits(100),
                        PassLimits.DEFAULT,
                        new Answers(1 << 20, 1 << 20),
                        new PassStatistics(),
                        backbones,
                        Device.CPU,
                        new RevisionStore(folder.resolve("revisions")))
                .load(bundle, new Version("environment", 1, bundle.digest()));
    }

    private static String sha(Bundle bundle, String file) {
        return bundle.manifest().files().get(file).sha256();
    }

    private static void assertScore(LanguageEnvironment environment, ToyEnvironment toy)
            throws InterruptedException {
        int[] history = {1, 2, 3};
        var caller =
                new Caller(
                        Lane.CALL,
                        System.nanoTime() + Duration.ofSeconds(20).toNanos(),
                        () -> false);
        var scored = environment.score(List.of(new RewardQuestion(history, new int[] {4})), caller);
        assertThat((double) scored.getFirst().getFirst().raw())
                .isCloseTo(toy.raw(history, 4), within(2e-5));
    }
}
