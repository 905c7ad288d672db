package dev.lea.environment;

import static dev.lea.environment.toy.ToyBundle.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.environment.toy.ToyBundle;
import dev.lea.environment.toy.ToyEnvironment;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import dev.lea.proto.environment.v1.GetEnvironmentRequest;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreQuery;
import dev.lea.proto.repository.v1.GetShadowReportRequest;
import dev.lea.proto.repository.v1.GetShadowReportResponse;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetShadowRequest;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.config.StartFailure;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EnvironmentServerTest {
    private static final ToyEnvironment TOY = ToyEnvironment.SMALL;
    private static final int[] HISTORY = {1, 2};

    @TempDir Path folder;

    @Test
    void start_withoutAVersion_isUnavailable_untilOneIsActivated() throws Exception {
        try (var running = Running.start(Running.settings(folder.resolve("data")))) {
            var refused =
                    catchThrowableOfType(
                            StatusRuntimeException.class,
                            () ->
                                    running.environment()
                                            .getEnvironment(
                                                    GetEnvironmentRequest.getDefaultInstance()));
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refused).hasMessageContaining("no version of environment is live");
            assertThat(health(running)).isEqualTo(ServingStatus.NOT_SERVING);
            running.publish(folder.resolve("bundle"), TOY);
            assertThat(health(running)).isEqualTo(ServingStatus.SERVING);
            assertThat(raw(running)).isEqualTo((float) TOY.raw(HISTORY, 5), within());
        }
    }

    @Test
    void start_andAsked_tellsWhatItKeepsAndRuns() throws Exception {
        try (var running = Running.start(Running.settings(folder.resolve("data")))) {
            running.publish(folder.resolve("bundle"), TOY);
            raw(running);
            raw(running);
            var described =
                    running.environment()
                            .getEnvironment(GetEnvironmentRequest.getDefaultInstance());
            assertThat(described.getCachesList())
                    .extracting(cache -> cache.getName())
                    .containsExactly("states", "rewards", "key_values");
            var rewards = described.getCaches(1);
            assertThat(rewards.getMisses()).isEqualTo(2); // the candidate and the baseline
            assertThat(rewards.getHits()).isEqualTo(2);
            assertThat(rewards.getEntries()).isEqualTo(2);
            assertThat(rewards.getBytes()).isBetween(1L, rewards.getMaxBytes());
            assertThat(described.getCaches(2).getEntries()).isEqualTo(1);
            assertThat(described.getPasses().getPasses()).isEqualTo(1);
            // two items, and two tokens of the candidate and of each of three references
            assertThat(described.getPasses().getTokens()).isEqualTo(2 + 2 * 4);
            assertThat(described.getPasses().getRecalledTokens()).isEqualTo(2);
            var metrics = running.metrics();
            assertThat(
                            metrics.get("cache.gets")
                                    .tags("cache", "rewards", "result", "hit")
                                    .functionCounter()
                                    .count())
                    .isEqualTo(2);
            assertThat(metrics.get("cache.used").tag("cache", "key_values").gauge().value())
                    .isEqualTo((double) described.getCaches(2).getBytes());
            assertThat(metrics.get("lea.environment.passes").functionCounter().count())
                    .isEqualTo(1);
        }
    }

    @Test
    void canary_answersOnlyWhoPinsIt() throws Exception {
        try (var running = Running.start(Running.settings(folder.resolve("data")))) {
            ToyEnvironment other = TOY.withShift(0.5f);
            running.publish(folder.resolve("one"), TOY);
            long canary = running.upload(ToyBundle.write(folder.resolve("two"), other));
            var refused =
                    catchThrowableOfType(
                            StatusRuntimeException.class, () -> canary(running, canary, 0.5));
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(refused).hasMessageContaining("set its share to 0");
            canary(running, canary, 0);
            assertThat(raw(running)).isEqualTo((float) TOY.raw(HISTORY, 5), within());
            var pinned =
                    score().setVersion(VersionPin.newBuilder().setExpectedVersion(canary)).build();
            var answer = running.environment().scoreActions(pinned);
            assertThat(answer.getModel().getVersion()).isEqualTo(canary);
            assertThat(answer.getResults(0).getRewards(0).getRaw())
                    .isEqualTo((float) other.raw(HISTORY, 5), within());
        }
    }

    @Test
    void shadow_isComparedByItsRewards() throws Exception {
        try (var running = Running.start(Running.settings(folder.resolve("data")))) {
            running.publish(folder.resolve("one"), TOY);
            long shadow = running.upload(ToyBundle.write(folder.resolve("two"), TOY.withShift(1)));
            var _ =
                    running.repository()
                            .setShadow(SetShadowRequest.newBuilder().setVersion(shadow).build());
            var report = GetShadowReportResponse.getDefaultInstance();
            while (report.getComparisonsCount() == 0
                    || report.getComparisons(0).getComparedCount() == 0) {
                assertThat(raw(running)).isEqualTo((float) TOY.raw(HISTORY, 5), within());
                report =
                        running.repository()
                                .getShadowReport(GetShadowReportRequest.getDefaultInstance());
            }
            var comparison = report.getComparisons(0);
            assertThat(comparison.getShadow().getVersion()).isEqualTo(shadow);
            assertThat(comparison.getMeanOverlap()).isEqualTo(1);
            assertThat(comparison.getFailedCount()).isZero();
        }
    }

    private static void canary(Running running, long version, double share) {
        var _ =
                running.repository()
                        .setCanary(
                                SetCanaryRequest.newBuilder()
                                        .setVersion(version)
                                        .setShare(share)
                                        .build());
    }

    @Test
    void start_afterAnEnd_servesWhatWasLive() throws Exception {
        EnvironmentSettings settings = Running.settings(folder.resolve("data"));
        String digest;
        try (var running = Running.start(settings)) {
            running.publish(folder.resolve("one"), TOY);
            running.publish(folder.resolve("two"), TOY.withShift(0.5f));
            digest = describe(running);
        }
        try (var running = Running.start(settings)) {
            assertThat(describe(running)).isEqualTo(digest).startsWith("2 ");
            assertThat(raw(running))
                    .isEqualTo((float) TOY.withShift(0.5f).raw(HISTORY, 5), within());
        }
    }

    @Test
    void activate_anUnsoundVersion_isRefused_andWhatWasLiveStays() throws Exception {
        try (var running = Running.start(Running.settings(folder.resolve("data")))) {
            running.publish(folder.resolve("one"), TOY);
            long bad =
                    running.upload(
                            ToyBundle.write(
                                    folder.resolve("bad"),
                                    TOY.withShift(0.1f),
                                    files -> files.put(Bundle.MODEL, TOY.leakyModel())));
            var refused =
                    catchThrowableOfType(StatusRuntimeException.class, () -> running.activate(bad));
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(describe(running)).startsWith("1 ");
            var versions =
                    running.repository()
                            .listVersions(ListVersionsRequest.getDefaultInstance())
                            .getVersionsList();
            assertThat(versions)
                    .extracting(version -> version.getState())
                    .containsExactly(
                            VersionState.VERSION_STATE_REFUSED, VersionState.VERSION_STATE_LIVE);
            assertThat(versions.getFirst().getFailure()).contains("PROBE_MISMATCH");
        }
    }

    @Test
    void activate_underLoad_neverFailsAndNeverMislabelsAnAnswer() throws Exception {
        ToyEnvironment[] toys = {TOY, TOY.withShift(0.25f), TOY.withShift(0.5f)};
        float[] raw = new float[toys.length + 1];
        // without a cache, so that every answer is a run of the version it names
        try (var running = Running.start(Running.settings(folder.resolve("data"), 0))) {
            for (int v = 1; v <= toys.length; v++) {
                running.upload(ToyBundle.write(folder.resolve("bundle" + v), toys[v - 1]));
                raw[v] = (float) toys[v - 1].raw(HISTORY, 5);
            }
            running.activate(1);
            var stop = new AtomicBoolean();
            var answers = new AtomicInteger();
            var started = new CountDownLatch(4);
            List<FutureTask<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                var caller =
                        new FutureTask<>(() -> {
                            started.countDown();
                            int wrong = 0;
                            while (!stop.get()) {
                                var answer = running.environment().scoreActions(score().build());
                                float given = answer.getResults(0).getRewards(0).getRaw();
                                int version = (int) answer.getModel().getVersion();
                                if (Math.abs(given - raw[version]) > 2e-5) {
                                    wrong++;
                                }
                                answers.incrementAndGet();
                            }
                            return wrong;
                        });
                callers.add(caller);
                Thread.ofVirtual().start(caller);
            }
            started.await();
            for (int swap = 0; swap < 30; swap++) {
                running.activate(1 + (swap + 1) % toys.length);
            }
            stop.set(true);
            for (var caller : callers) {
                assertThat(caller.get()).isZero();
            }
            assertThat(answers).hasPositiveValue();
        }
    }

    @Test
    void start_onAPortInUse_orAFolderThatIsAFile_saysSo() throws Exception {
        try (var running = Running.start(Running.settings(folder.resolve("data")))) {
            assertThat(start("--port", "" + running.port(), "--data-dir", folder + "/other"))
                    .isEqualTo(
                            "env-server: cannot listen on 127.0.0.1:%d: the port is in use\n"
                                    .formatted(running.port()));
        }
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(start("--data-dir", file.toString()))
                .startsWith("env-server: the data folder " + file + " cannot be used");
        assertThat(start("--threads", "0", "--cach", "1MiB"))
                .contains("threads must be a whole number in [1, 256] but is '0'")
                .contains("unknown flag --cach; did you mean cache?");
        assertThatThrownBy(() -> EnvironmentServer.start(Running.settings(file)))
                .isInstanceOf(StartFailure.class);
    }

    private static String start(String... arguments) {
        var err = new ByteArrayOutputStream();
        int code =
                EnvironmentSettings.PROGRAM.run(
                        List.of(arguments),
                        Map.of(),
                        System.out,
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        settings -> EnvironmentServer.start(settings).close());
        assertThat(code).isEqualTo(2);
        return err.toString(StandardCharsets.UTF_8);
    }

    private static org.assertj.core.data.Offset<Float> within() {
        return org.assertj.core.api.Assertions.within(2e-5f);
    }

    private static ScoreActionsRequest.Builder score() {
        return ScoreActionsRequest.newBuilder()
                .addQueries(
                        ScoreQuery.newBuilder()
                                .addAllHistoryItemIds(ids(HISTORY))
                                .addCandidateItemIds("item-5"));
    }

    private static float raw(Running running) {
        return running.environment()
                .scoreActions(score().build())
                .getResults(0)
                .getRewards(0)
                .getRaw();
    }

    private static String describe(Running running) {
        var model =
                running.environment()
                        .getEnvironment(GetEnvironmentRequest.getDefaultInstance())
                        .getModel();
        return model.getVersion() + " " + model.getDigest();
    }

    private static ServingStatus health(Running running) {
        return HealthGrpc.newBlockingStub(running.channel())
                .check(
                        HealthCheckRequest.newBuilder()
                                .setService(EnvironmentServiceGrpc.SERVICE_NAME)
                                .build())
                .getStatus();
    }
}
