package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.repository.v1.Aliases;
import dev.lea.proto.repository.v1.GetAliasesRequest;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Probes;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.GraphBuilder;
import dev.lea.serving.rpc.RpcSettings;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every way of being bad is refused with its reason, and the live version does not notice.
@Timeout(60)
class BadBundlesTest {
    private static final int N = 30;
    private static final LinearPolicy POLICY = new LinearPolicy(N, 4, 0);
    private static final LinearPolicy OTHER = new LinearPolicy(N, 4, 0.01f);
    private static final List<String> FILES =
            List.of("items.jsonl", "manifest.json", "model.onnx", "probes.json");

    /// Does something to a sound bundle.
    interface Harm {
        void to(Path bundle) throws IOException;
    }

    @TempDir static Path folder;
    private static AgentServer server;
    private static TestClient client;
    private static int bundles;
    private RecommendResponse before;
    private Aliases aliases;

    @BeforeAll
    static void start() throws Exception {
        server =
                AgentServer.start(
                        new AgentSettings(
                                RpcSettings.DEFAULT,
                                folder.resolve("data"),
                                new BatchLimits(8, 64, 1),
                                1 << 20,
                                Device.CPU,
                                Optional.empty(),
                                Optional.empty()));
        client = new TestClient(server.port());
        client.activate(client.upload(TestBundles.write(folder.resolve("sound"), POLICY)));
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @BeforeEach
    void ask() {
        before = answer();
        aliases = aliases();
    }

    @AfterEach
    void theLiveOneIsUntouched() throws IOException {
        assertThat(answer()).isEqualTo(before);
        assertThat(aliases()).isEqualTo(aliases);
        try (var left = Files.list(folder.resolve("data/uploads"))) {
            assertThat(left).isEmpty();
        }
    }

    // ---- what does not arrive as it was made is not kept ----

    static Stream<Arguments> harms() {
        Stream<Arguments> cut =
                FILES.stream()
                        .filter(file -> !file.equals("manifest.json"))
                        .flatMap(file ->
                                Stream.of(0.0, 0.5, 0.99)
                                        .map(part ->
                                                harm(
                                                        file + " cut to " + part,
                                                        bundle -> cut(bundle.resolve(file), part),
                                                        "BUNDLE_FILE_TRUNCATED")));
        Stream<Arguments> flipped =
                FILES.stream()
                        .filter(file -> !file.equals("manifest.json"))
                        .flatMap(file ->
                                Stream.of(0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
                                        .map(part ->
                                                harm(
                                                        file + " flipped at " + part,
                                                        bundle -> flip(bundle.resolve(file), part),
                                                        "BUNDLE_FILE_ALTERED")));
        return Stream.of(
                        cut,
                        flipped,
                        Stream.of(
                                harm(
                                        "manifest cut",
                                        bundle -> cut(bundle.resolve("manifest.json"), 0.5),
                                        "BUNDLE_MANIFEST_UNREADABLE"),
                                harm(
                                        "manifest empty",
                                        bundle -> cut(bundle.resolve("manifest.json"), 0),
                                        "BUNDLE_MANIFEST_UNREADABLE"),
                                harm(
                                        "manifest gone",
                                        bundle -> Files.delete(bundle.resolve("manifest.json")),
                                        "BUNDLE_FILE_MISSING"),
                                harm(
                                        "model gone",
                                        bundle -> Files.delete(bundle.resolve("model.onnx")),
                                        "BUNDLE_FILE_MISSING"),
                                harm(
                                        "a file too many",
                                        bundle -> Files.writeString(bundle.resolve("x"), "x"),
                                        "BUNDLE_FILE_UNKNOWN"),
                                harm(
                                        "another catalogue's hash",
                                        bundle ->
                                                replaceHash(
                                                        bundle.resolve("manifest.json"),
                                                        "itemIndexHash"),
                                        "BUNDLE_ITEMS_MISMATCH"),
                                harm(
                                        "another file's digest",
                                        bundle ->
                                                replaceHash(
                                                        bundle.resolve("manifest.json"), "sha256"),
                                        "BUNDLE_FILE_ALTERED"),
                                harm(
                                        "a later format",
                                        bundle ->
                                                replace(
                                                        bundle.resolve("manifest.json"),
                                                        "(\"formatVersion\"\\s*:\\s*)1",
                                                        "$199"),
                                        "BUNDLE_FORMAT_UNKNOWN"),
                                harm(
                                        "another kind",
                                        bundle ->
                                                replace(
                                                        bundle.resolve("manifest.json"),
                                                        "(\"kind\"\\s*:\\s*)\"policy\"",
                                                        "$1\"environment\""),
                                        "BUNDLE_KIND_WRONG")))
                .flatMap(stream -> stream);
    }

    private static Arguments harm(String name, Harm harm, String reason) {
        return arguments(name, harm, reason);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("harms")
    void upload_harmed_isRefused(String name, Harm harm, String reason) throws Exception {
        int kept = kept();
        Path bundle = TestBundles.write(next(), OTHER);
        harm.to(bundle);
        var e = catchThrowableOfType(StatusRuntimeException.class, () -> client.upload(bundle));
        assertThat(e).as(name).isNotNull();
        assertThat(TestClient.errorInfo(e).getReason()).isEqualTo(reason);
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DATA_LOSS);
        assertThat(kept()).isEqualTo(kept);
    }

    // ---- what rots on the disk is not loaded ----

    static Stream<Arguments> rot() {
        return FILES.stream()
                .flatMap(file -> Stream.of(0.0, 0.5, 1.0).map(part -> arguments(file, part)));
    }

    @ParameterizedTest
    @MethodSource("rot")
    void activate_rotten_isRefused(String file, double part) throws Exception {
        long version = client.upload(TestBundles.write(next(), OTHER)); // mends the one before
        Path stored = folder.resolve("data/versions/" + version);
        flip(stored.resolve(file), part);
        var e = catchThrowableOfType(StatusRuntimeException.class, () -> client.activate(version));
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(TestClient.errorInfo(e).getReason())
                .matches("BUNDLE_(FILE_ALTERED|MANIFEST_(ALTERED|UNREADABLE))|BUNDLE_FILE_MISSING");
    }

    // ---- what is whole but wrong is kept, and refused when it should answer ----

    static Stream<Arguments> wrong() {
        byte[] onnx = POLICY.onnx();
        var probes = TestBundles.probes(POLICY, onnx);
        var index = TestBundles.index(N);
        return Stream.of(
                arguments(
                        "a larger catalogue",
                        onnx,
                        TestBundles.index(N + 1),
                        probes,
                        "SCHEMA_MISMATCH"),
                arguments(
                        "a smaller catalogue",
                        onnx,
                        TestBundles.index(N - 1),
                        probes,
                        "SCHEMA_MISMATCH"),
                arguments(
                        "another version's answers",
                        onnx,
                        index,
                        TestBundles.probes(OTHER, OTHER.onnx()),
                        "PROBE_MISMATCH"),
                arguments(
                        "not a number",
                        POLICY.onnxWithWeight(Float.NaN),
                        index,
                        probes,
                        "PROBE_NOT_FINITE"),
                arguments(
                        "infinite",
                        POLICY.onnxWithWeight(Float.POSITIVE_INFINITY),
                        index,
                        probes,
                        "PROBE_NOT_FINITE"),
                arguments(
                        "other weights",
                        POLICY.onnxWithWeight(0.5f),
                        index,
                        probes,
                        "PROBE_MISMATCH"),
                arguments("another shape", anotherShape(), index, probes, "SCHEMA_MISMATCH"),
                arguments(
                        "a longer history",
                        new LinearPolicy(N, 5, 0).onnx(),
                        index,
                        probes,
                        "PROBE_MISMATCH"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void activate_wrong_isRefusedAndSaysSo(
            String name, byte[] onnx, ItemIndex items, Probes probes, String reason)
            throws Exception {
        long version = client.upload(TestBundles.write(next(), "policy", onnx, items, probes));
        var e = catchThrowableOfType(StatusRuntimeException.class, () -> client.activate(version));
        assertThat(e).as(name).isNotNull();
        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(TestClient.errorInfo(e).getReason()).isEqualTo(reason);
        var listed =
                client.repository()
                        .listVersions(ListVersionsRequest.getDefaultInstance())
                        .getVersions(0);
        assertThat(listed.getModel().getVersion()).isEqualTo(version);
        assertThat(listed.getState()).isEqualTo(VersionState.VERSION_STATE_REFUSED);
        assertThat(listed.getFailure()).startsWith(reason);
    }

    private static Path next() {
        return folder.resolve("bundle-" + ++bundles);
    }

    private static int kept() {
        return client.repository()
                .listVersions(ListVersionsRequest.getDefaultInstance())
                .getVersionsCount();
    }

    private static RecommendResponse answer() {
        return client.recommend(
                RecommendRequest.newBuilder()
                        .setK(5)
                        .addAllHistoryItemIds(TestBundles.ids(3, 1, 4)));
    }

    private static Aliases aliases() {
        return client.repository().getAliases(GetAliasesRequest.getDefaultInstance()).getAliases();
    }

    private static void cut(Path file, double part) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, (int) (part * bytes.length)));
    }

    private static void flip(Path file, double part) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) (part * (bytes.length - 1))] ^= 1;
        Files.write(file, bytes);
    }

    private static void replace(Path file, String pattern, String by) throws IOException {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        String replaced = text.replaceFirst(pattern, by);
        assertThat(replaced).isNotEqualTo(text);
        Files.writeString(file, replaced, StandardCharsets.UTF_8);
    }

    private static void replaceHash(Path file, String field) throws IOException {
        replace(
                file,
                "(\"" + field + "\"\\s*:\\s*)\"[0-9a-f]{64}\"",
                "$1\"" + "0".repeat(64) + "\"");
    }

    private static byte[] anotherShape() {
        return new GraphBuilder()
                .input("history", ElementType.INT64, "batch", 4)
                .output("top_items", ElementType.INT64, "batch", 4)
                .node("Identity", List.of("history"), List.of("top_items"))
                .build();
    }
}
