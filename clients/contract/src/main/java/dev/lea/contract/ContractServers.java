package dev.lea.contract;

import dev.lea.serving.rpc.Termination;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/// Starts agent-server and env-server for the clients' contract, prints where they are as one line of JSON, and ends
/// with its standard input, or when it is told to.
public final class ContractServers {
    /// How long a call of the slow versions takes here, about.
    private static final long SLOW_MILLIS = 150;

    private static final RandomEnvironment FIRST = new RandomEnvironment(16, 1, 1);
    private static final RandomEnvironment SECOND = new RandomEnvironment(16, 1, 2);
    private static final RandomEnvironment SLOW = new RandomEnvironment(192, 16, 3);

    private ContractServers() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            System.err.println(
                    "It takes no arguments; clients/contract/README.md says what it does.");
            System.exit(2);
        }
        var termination = Termination.onSignals();
        Path folder = Files.createTempDirectory("lea-contract-");
        try {
            serve(folder, termination);
        } finally {
            delete(folder);
        }
        System.exit(0);
    }

    private static void serve(Path folder, Termination termination) throws Exception {
        try (var agent =
                        ServedProgram.start(
                                "agent",
                                dev.lea.agent.Main.class,
                                folder.resolve("agent"),
                                List.of(
                                        "--threads=1",
                                        "--max-batch=1",
                                        "--queue-rows=2",
                                        "--max-wait=30s",
                                        "--max-message=2MiB",
                                        "--grace=5s"));
                var environment =
                        ServedProgram.start(
                                "environment",
                                dev.lea.environment.Main.class,
                                folder.resolve("environment"),
                                List.of(
                                        "--threads=1",
                                        "--queue-sequences=64",
                                        "--max-wait=30s",
                                        "--cache=0B",
                                        "--key-value-cache=0B",
                                        "--max-message=2MiB",
                                        "--grace=5s"))) {
            agent.awaitServing();
            environment.awaitServing(); // so that nothing starts while the slow policy is measured
            agent.publish(
                    List.of(
                            new KnownPolicy(1, 0).write(folder.resolve("policy-1")),
                            new KnownPolicy(-1, 0).write(folder.resolve("policy-2")),
                            KnownPolicy.slow(SLOW_MILLIS).write(folder.resolve("policy-3"))));
            environment.publish(
                    List.of(
                            FIRST.write(folder.resolve("environment-1")),
                            SECOND.write(folder.resolve("environment-2")),
                            SLOW.write(folder.resolve("environment-3"))));
            try (var control = Control.start(List.of(agent, environment), freePort())) {
                System.out.println(control.description());
                Thread.ofPlatform().daemon().start(() -> awaitEnd(termination));
                termination.await();
            }
        }
    }

    private static void awaitEnd(Termination termination) {
        try {
            while (System.in.read() >= 0) {
                // whatever is said, only the end counts
            }
        } catch (IOException e) {
            // as good as an end
        }
        termination.request();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> {
                        try {
                            Files.delete(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
    }
}
