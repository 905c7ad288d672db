package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.swap.Version;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EnvironmentLoaderTest {
    private static final ToyEnvironment TOY = ToyEnvironment.SMALL;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 20})
    void load_aSoundBundle_servesIt(int items) {
        try (var environment = load(TOY.withItems(items), files -> {})) {
            assertThat(environment.items().size()).isEqualTo(items);
            assertThat(environment.spec().contextItems()).isEqualTo(6);
            assertThat(environment.metrics()).containsEntry("valid.accuracy.uniform", 0.8);
        }
    }

    @Test
    void load_withoutOneOfItsFiles_isRefusedByName() {
        for (String file :
                new String[] {
                    Bundle.MODEL,
                    EnvironmentSpec.RETRIEVE,
                    EnvironmentSpec.ITEM_TOKENS,
                    EnvironmentSpec.FILE,
                    Bundle.PROBES
                }) {
            assertRefused(files -> files.remove(file), "BUNDLE_FILE_MISSING", file);
        }
    }

    @Test
    void load_aTableOfAnotherSize_isRefused() {
        assertRefused(
                files ->
                        files.compute(EnvironmentSpec.ITEM_TOKENS, (_, b) -> Arrays.copyOf(b, 716)),
                "ITEM_TOKENS_MISMATCH",
                "item_tokens.f32 has 716 bytes but 20 items of 9 columns take 720");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void load_aTableWithoutANumber_isRefusedWithItsPlace(float value) {
        assertRefused(
                files -> {
                    float[] table = TOY.table();
                    table[9 * 3 + 4] = value;
                    files.put(EnvironmentSpec.ITEM_TOKENS, ToyBundle.bytes(table));
                },
                "ITEM_TOKENS_NOT_FINITE",
                "holds " + value + " in row 3, column 4");
    }

    @Test
    void load_anotherCatalogue_isRefused() {
        var larger = TOY.withItems(21);
        assertRefused(
                files -> files.put(EnvironmentSpec.ITEM_TOKENS, ToyBundle.bytes(larger.table())),
                "ITEM_TOKENS_MISMATCH",
                "756 bytes but 20 items of 9 columns take 720");
        assertRefused(
                files ->
                        replace(
                                files,
                                "\"reference_items\" : [ 19, 18, 17 ]",
                                "\"reference_items\" : [ 20 ]"),
                "ENVIRONMENT_UNREADABLE",
                "names reference item 20 but the catalogue has 20");
    }

    @Test
    void load_graphsOfAnotherShape_isRefused() {
        assertRefused(
                files -> replace(files, "\"width\" : 4", "\"width\" : 5"),
                "SCHEMA_MISMATCH",
                "model.onnx has the output states as FLOAT [-1, -1, 4] but must have FLOAT [-1, -1, 5]");
        assertRefused(
                files -> files.put(Bundle.MODEL, TOY.retrieve()),
                "SCHEMA_MISMATCH",
                "model.onnx lacks the input tokens");
        assertRefused(
                files -> files.put(EnvironmentSpec.RETRIEVE, TOY.model()),
                "SCHEMA_MISMATCH",
                "retrieve.onnx lacks the input states");
        assertRefused(
                files -> files.put(Bundle.MODEL, new byte[] {1, 2, 3}),
                "MODEL_NOT_LOADABLE",
                "cannot be loaded");
    }

    @Test
    void load_aGraphThatGivesOtherOutputsThanTrainingSaw_isRefused() {
        assertRefused(
                files -> files.put(Bundle.MODEL, TOY.withShift(0.01f).model()),
                "PROBE_MISMATCH",
                "probe 0");
    }

    @Test
    void load_weightsThatAreNotANumber_isRefused() {
        assertRefused(
                files -> files.put(Bundle.MODEL, TOY.withShift(Float.NaN).model()),
                "PROBE_NOT_FINITE",
                "NaN");
    }

    @Test
    void load_aGraphWhoseBlocksSeeOneAnother_isRefused() {
        assertRefused(
                files -> files.put(Bundle.MODEL, TOY.leakyModel()), "SELF_CHECK_FAILED", "differ");
    }

    @Test
    void load_aGraphThatRemembersWrongly_isRefused() {
        assertRefused(
                files -> files.put(Bundle.MODEL, TOY.misrememberingModel()),
                "SELF_CHECK_FAILED",
                "with 1 of 7 places remembered and not differ");
    }

    @Test
    void load_aGraphThatRemembersNothing_servesIt() {
        try (var environment = load(TOY.forgetful(), files -> {})) {
            assertThat(environment.items().size()).isEqualTo(20);
        }
    }

    @Test
    void load_aBalanceThatIsNone_isRefused() {
        var bundle = ToyBundle.write(folder.resolve("bundle"), TOY, "attention_balance", "0");
        assertThatThrownBy(() -> load(bundle))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessage(
                        "the manifest's setting attention_balance is '0': balance must be in [1, 65536] but is 0");
    }

    @Test
    void load_aRetrievalThatIgnoresItsExclusions_isRefused() {
        assertRefused(
                files -> files.put(EnvironmentSpec.RETRIEVE, TOY.carelessRetrieve()),
                "SELF_CHECK_FAILED",
                "although it is excluded");
    }

    private void assertRefused(
            Consumer<Map<String, byte[]>> change, String reason, String message) {
        assertThatThrownBy(() -> load(TOY, change))
                .isInstanceOfSatisfying(
                        Failure.Corrupt.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    private LanguageEnvironment load(ToyEnvironment toy, Consumer<Map<String, byte[]>> change) {
        return load(ToyBundle.write(folder.resolve("bundle-" + System.nanoTime()), toy, change));
    }

    private static LanguageEnvironment load(Bundle bundle) {
        return new EnvironmentLoader(
                        1, 100, PassLimits.DEFAULT, new Answers(0, 0), new PassStatistics())
                .load(bundle, new Version("environment", 1, bundle.digest()));
    }

    private static void replace(Map<String, byte[]> files, String from, String to) {
        String text = new String(files.get(EnvironmentSpec.FILE), StandardCharsets.UTF_8);
        assertThat(text).contains(from);
        files.put(EnvironmentSpec.FILE, text.replace(from, to).getBytes(StandardCharsets.UTF_8));
    }
}
