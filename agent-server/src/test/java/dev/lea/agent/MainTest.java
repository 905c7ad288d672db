package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The program as a process.
@Timeout(60)
class MainTest {
    @TempDir Path folder;

    @Test
    void sigterm_callsInFlight_areAnsweredAndTheProcessEndsWithZero() throws Exception {
        Process process = start("--port=0", "--port-file=" + folder.resolve("port"));
        try (var client = new TestClient(port(process))) {
            var policy = new LinearPolicy(20, 4, 0);
            client.activate(client.upload(TestBundles.write(folder.resolve("bundle"), policy)));
            var request = RecommendRequest.newBuilder().setK(5).build();
            List<Future<RecommendResponse>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                answers.add(client.agentLater().recommend(request));
            }
            answers.getFirst().get(); // the connection stands and the calls are on their way

            process.destroy();

            for (Future<RecommendResponse> answer : answers) {
                assertThat(answer.get().getItemsCount()).isEqualTo(5);
            }
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(log())
                    .contains("ready: agent-server serves on 127.0.0.1:")
                    .contains("closed");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void start_portInUse_saysSoAndEndsWithTwo() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process = start("--port=" + taken.getLocalPort());
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(2);
            assertThat(log().lines())
                    .contains(
                            "agent-server: cannot listen on 127.0.0.1:"
                                    + taken.getLocalPort()
                                    + ": the port is in use");
        }
    }

    @Test
    void run_settingsThatContradict_isToldBeforeAnythingStarts() {
        var err = new ByteArrayOutputStream();
        var stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        int code =
                AgentSettings.PROGRAM.run(
                        List.of("--max-batch=64", "--queue-rows=8"),
                        Map.of(),
                        stream,
                        stream,
                        _ -> {
                            throw new AssertionError("it started");
                        });
        assertThat(code).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualToIgnoringNewLines(
                        "agent-server: queue-rows must be at least max-batch, 64, but is 8");
    }

    private Process start(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "--data-dir=" + folder.resolve("data")));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private int port(Process process) throws Exception {
        Path file = folder.resolve("port");
        while (!Files.exists(file)) {
            if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
                throw new AssertionError("it ended: " + log());
            }
        }
        return Integer.parseInt(Files.readString(file).strip());
    }

    private String log() throws Exception {
        return Files.readString(folder.resolve("log"), StandardCharsets.UTF_8);
    }
}
