package dev.lea.cli.demo;

import dev.lea.cli.terminal.Activity;
import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Terminal;
import dev.lea.client.AgentClient;
import dev.lea.client.ClientSettings;
import dev.lea.client.Endpoint;
import dev.lea.client.HealthClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The whole loop on one machine: starts the three programs as processes of their own, lets the [Story]
/// happen, prints the [Report], and stops what it started, however it ends.
public final class Demo {
    private static final int FAILED = 1;
    private static final int INTERRUPTED = 130;
    private static final int TAIL_LINES = 15;
    private static final Duration AFTER_THE_RUN = Duration.ofSeconds(2);

    private final DemoOptions options;
    private final Launcher launcher;
    private final Terminal terminal;
    private final Style style;
    private final long start = System.nanoTime();

    Demo(DemoOptions options, Launcher launcher, Terminal terminal) {
        this.options = options;
        this.launcher = launcher;
        this.terminal = terminal;
        this.style = terminal.style();
    }

    /// Runs it.
    ///
    /// @return the process's exit code: 0 when the run succeeded and no call failed, 130 after Ctrl-C, else 1
    public static int run(DemoOptions options, Terminal terminal) {
        try {
            return new Demo(options, Launcher.ofScript(options.home()), terminal).run();
        } catch (DemoFailure e) {
            terminal.print("✗ " + e.getMessage());
            return FAILED;
        }
    }

    int run() {
        try (var work = WorkFolder.open(options)) {
            int code = run(work.path());
            if (code == 0 && options.keep().isEmpty()) {
                work.release();
            } else {
                terminal.print();
                terminal.print(style.dim("  logs, bundles and the run's state: " + work.path()));
            }
            return code;
        } catch (DemoFailure e) {
            explain(e);
            return FAILED;
        }
    }

    private int run(Path work) {
        var interruption = Interruption.ofThisThread();
        try (var programs = new Programs(launcher)) {
            try {
                return play(programs, work);
            } catch (Exception e) {
                if (interruption.isRequested()) {
                    terminal.print();
                    terminal.print("Interrupted; stopping what was started.");
                    return INTERRUPTED;
                }
                explain(programs.blame(e));
                return FAILED;
            }
        }
    }

    private int play(Programs programs, Path work) throws Exception {
        terminal.print(
                style.bold("Lea")
                        + "  a language model becomes the environment from which a recommender learns");
        terminal.print();
        Path folder = options.data().isPresent() ? options.data().get() : sample(work);
        var data = DataFolder.read(folder.toAbsolutePath().normalize());
        var ports = options.ports();
        var environmentServer = start(programs, "env-server", ports.environment(), work);
        var agentServer = start(programs, "agent-server", ports.agent(), work);
        var trainerServer = start(programs, "trainer", ports.trainer(), work);
        var environment = await(environmentServer);
        var agent = await(agentServer);
        var trainer = await(trainerServer);

        var once = ClientSettings.DEFAULT.withMaxAttempts(1);
        try (var trainerChannel = LeaChannel.open(trainer);
                var agentChannel = LeaChannel.open(agent, once)) {
            var story =
                    new Story(
                            terminal,
                            new TrainerClient(trainerChannel),
                            new AgentClient(agentChannel),
                            data,
                            AFTER_THE_RUN);
            var outcome = story.tell(spec(folder, environment, agent));
            var report = new Report(terminal);
            report.print(outcome, data);
            report.cost(programs.peakMemoryBytes(), Duration.ofNanos(System.nanoTime() - start));
            return conclude(outcome, programs);
        }
    }

    private Path sample(Path work) throws Exception {
        Path folder = work.resolve("sample");
        Path log = work.resolve("sample.log");
        return Activity.run(
                terminal,
                "write the sample",
                () -> {
                    var process =
                            launcher.prepare(
                                            "sample",
                                            List.of(
                                                    "--to",
                                                    folder.toString(),
                                                    "--seed",
                                                    Long.toString(options.seed())))
                                    .redirectErrorStream(true)
                                    .redirectOutput(log.toFile())
                                    .start();
                    int code = await(process);
                    if (code != 0) {
                        throw new DemoFailure(
                                "writing the sample ended with exit code " + code, log);
                    }
                    return folder;
                },
                Path::toString);
    }

    private static int await(Process process) throws InterruptedException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /// Starts a program that keeps its things in a folder of its own.
    private static Program start(Programs programs, String name, int port, Path work) {
        String folder = work.resolve(name).toString();
        return programs.start(name, port, List.of("--data-dir", folder), work);
    }

    /// Waits until a program answers.
    private Endpoint await(Program program) throws Exception {
        return Activity.run(
                terminal,
                "start " + program.name(),
                () -> {
                    var endpoint = program.awaitServing();
                    try (var channel = LeaChannel.open(endpoint)) {
                        if (!new HealthClient(channel).isReachable()) {
                            throw new DemoFailure(
                                    program.name()
                                            + " at "
                                            + endpoint
                                            + " does not answer health checks",
                                    program.log());
                        }
                    }
                    return endpoint;
                },
                Endpoint::toString);
    }

    private RunSpec spec(Path folder, Endpoint environment, Endpoint agent) {
        return RunSpec.newBuilder()
                .setDataPath(folder.toAbsolutePath().normalize().toString())
                .setEnvironmentTarget(environment.toString())
                .setAgentTarget(agent.toString())
                .setSeed(options.seed())
                .setPreset(options.presetOrDefault())
                .putAllSettings(options.settings())
                .build();
    }

    private int conclude(Story.Outcome outcome, Programs programs) {
        if (outcome.isGood()) {
            return 0;
        }
        Run run = outcome.run();
        if (run.getState() == RunState.RUN_STATE_SUCCEEDED) {
            explain(
                    new DemoFailure(
                            outcome.load().isEmpty()
                                    ? "the run succeeded but no policy went live"
                                    : "calls failed, see above",
                            programs.log("agent-server")));
        } else {
            explain(
                    new DemoFailure(
                            "the run ended as "
                                    + run.getState().name().replace("RUN_STATE_", "")
                                    + ": "
                                    + run.getFailure(),
                            programs.log("trainer")));
        }
        return FAILED;
    }

    /// What went wrong, with the last lines of the log of the program to blame.
    private void explain(DemoFailure failure) {
        terminal.print();
        terminal.print(style.bad("✗ " + failure.getMessage()));
        if (failure.log() == null) {
            return;
        }
        var tail = Program.tail(failure.log(), TAIL_LINES);
        if (!tail.isEmpty()) {
            terminal.print(style.dim("  the last lines of " + failure.log() + ":"));
            tail.forEach(line -> terminal.print("    " + line));
        }
    }
}
