package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.serving.feedback.Entry;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Kills a server while many callers give it feedback, and counts what the next one finds.
@Timeout(120)
class KilledFeedbackTest {
    private static final int ROUNDS = 2;
    private static final int CALLERS = 32;
    private static final int BEFORE_THE_KILL = 400;

    @TempDir Path folder;

    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<String> sent = ConcurrentHashMap.newKeySet();

    @Test
    void kill_underLoad_losesNothingThatWasAcknowledged_andKeepsNothingTwice() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            roundUntilKilled(round);
        }
        // repeats of calls whose answer nobody saw, and of some that were answered
        Process last = start();
        try (var client = client(last)) {
            for (String name : sent) {
                if (!acknowledged.contains(name) || name.endsWith("7")) {
                    var answer =
                            client.agent()
                                    .recordFeedback(
                                            FeedbackTest.click(name, "user-" + name, "i").build());
                    assertThat(answer.getAlreadyRecorded() || !acknowledged.contains(name))
                            .as(name)
                            .isTrue();
                }
            }
        } finally {
            last.destroy();
            last.waitFor();
        }
        List<Entry> entries = FeedbackTest.entries(folder.resolve("feedback"));
        assertThat(entries).extracting(Entry::requestId).doesNotHaveDuplicates();
        var kept = new HashSet<>(entries.stream().map(Entry::requestId).toList());
        assertThat(kept).containsAll(acknowledged).isEqualTo(sent);
        assertThat(acknowledged).hasSizeGreaterThan(ROUNDS * BEFORE_THE_KILL - 1);
    }

    private void roundUntilKilled(int round) throws Exception {
        Process process = start();
        var enough = new CountDownLatch(BEFORE_THE_KILL);
        List<Thread> callers = new ArrayList<>();
        try (var client = client(process)) {
            for (int caller = 0; caller < CALLERS; caller++) {
                String name = round + "-" + caller + "-";
                callers.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        for (int i = 0; ; i++) {
                                            sent.add(name + i);
                                            client.agent()
                                                    .recordFeedback(
                                                            FeedbackTest.click(
                                                                            name + i,
                                                                            "user-" + name + i,
                                                                            "i")
                                                                    .build());
                                            acknowledged.add(name + i);
                                            enough.countDown();
                                        }
                                    } catch (StatusRuntimeException e) {
                                        // the server is dead
                                    }
                                }));
            }
            assertThat(enough.await(60, TimeUnit.SECONDS)).as(this::log).isTrue();
            process.destroyForcibly().waitFor();
            for (Thread caller : callers) {
                caller.join();
            }
        }
    }

    private TestClient client(Process process) throws Exception {
        Path port = folder.resolve("port");
        while (!Files.exists(port)) {
            assertThat(process.waitFor(20, TimeUnit.MILLISECONDS))
                    .as(() -> "it ended: " + log())
                    .isFalse();
        }
        return new TestClient(Integer.parseInt(Files.readString(port).strip()));
    }

    private Process start() throws Exception {
        Path port = folder.resolve("port");
        Files.deleteIfExists(port);
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "--port=0",
                        "--port-file=" + port,
                        "--feedback=" + folder.resolve("feedback"),
                        "--feedback-segment=16KiB",
                        "--data-dir=" + folder.resolve("data"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(folder.resolve("log").toFile())
                .start();
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (java.io.IOException e) {
            return e.toString();
        }
    }
}
