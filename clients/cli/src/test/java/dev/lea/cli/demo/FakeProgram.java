package dev.lea.cli.demo;

import dev.lea.client.Endpoint;
import dev.lea.client.LeaChannel;
import dev.lea.client.RepositoryClient;
import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.protobuf.services.HealthStatusManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One of Lea's programs, as far as the demo can tell: a process that serves, says its port, and plays its
/// part of a run in a second.
final class FakeProgram {
    private FakeProgram() {}

    /// The first argument says which program, the last ones may say how it misbehaves.
    public static void main(String[] arguments) throws Exception {
        var all = List.of(arguments);
        switch (all.getFirst()) {
            case "sample" -> TestData.write(Path.of(option(all, "--to")));
            case "env-server" -> serve(all, List.of());
            case "agent-server" -> serve(all, agent(all));
            case "trainer" -> serve(all, List.of(new FakeTrainer(FakeProgram::publish)));
            default -> throw new IllegalArgumentException("no program " + all.getFirst());
        }
    }

    private static List<BindableService> agent(List<String> arguments) {
        var agent =
                new FakeAgent(version -> {
                    if (version == 2 && arguments.contains("--die-at-swap")) {
                        System.err.println("a terrible thing happened");
                        Runtime.getRuntime().halt(134);
                    }
                });
        return List.of(agent.agent(), agent.repository());
    }

    private static void publish(dev.lea.proto.trainer.v1.RunSpec spec, long version)
            throws InterruptedException {
        if (version == 2) {
            TimeUnit.MILLISECONDS.sleep(800); // the first policy serves for a while
        }
        try (var channel = LeaChannel.open(Endpoint.parse(spec.getAgentTarget()))) {
            new RepositoryClient(channel).activate(version);
        }
    }

    private static void serve(List<String> arguments, List<BindableService> services)
            throws Exception {
        if (arguments.contains("--die-at-start")) {
            System.err.println("port 1 is taken");
            System.exit(2);
        }
        var health = new HealthStatusManager();
        var server =
                Grpc.newServerBuilderForPort(
                                Integer.parseInt(option(arguments, "--port")),
                                InsecureServerCredentials.create())
                        .addService(health.getHealthService())
                        .addServices(services.stream().map(BindableService::bindService).toList())
                        .build()
                        .start();
        var portFile = Path.of(option(arguments, "--port-file"));
        Path aside = portFile.resolveSibling(portFile.getFileName() + ".part");
        Files.writeString(aside, server.getPort() + "\n");
        Files.move(aside, portFile, StandardCopyOption.ATOMIC_MOVE); // never seen half written
        server.awaitTermination();
    }

    private static String option(List<String> arguments, String name) {
        return arguments.get(arguments.indexOf(name) + 1);
    }
}
