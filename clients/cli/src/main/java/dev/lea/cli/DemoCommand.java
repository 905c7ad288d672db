package dev.lea.cli;

import dev.lea.cli.demo.Demo;
import dev.lea.cli.demo.DemoOptions;
import dev.lea.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `lea demo`: reads what is asked of it.
@Command(
        name = "demo",
        header =
                "The whole loop on this machine: trains, swaps the policy in, shows what happened.",
        description = {
            "Starts the three programs on this machine, trains on a sample (or on your data), swaps the",
            "policy in while a small load runs, shows what happened, and stops what it started."
        },
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Folder with interactions.tsv and items.tsv. Default: a sample, made anew.")
    private Path data;

    @Option(
            names = "--llm",
            paramLabel = "DIR",
            description =
                    "A language model that ./lea llm import made. Default: one is made from the texts.")
    private Path llm;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of everything random. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description =
                    "Work in this folder, empty or absent, and keep it: logs, bundles, the run's state.")
    private Path keep;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description = "Sizes and budgets. Default: demo for the sample, default with --data.")
    private String preset;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "A single setting of the run; may be repeated.")
    private final Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--env-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "Port of env-server on loopback. Default: a free one.")
    private int environmentPort;

    @Option(
            names = "--agent-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "Port of agent-server on loopback. Default: a free one.")
    private int agentPort;

    @Option(
            names = "--trainer-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "Port of trainer on loopback. Default: a free one.")
    private int trainerPort;

    @Override
    public Integer call() {
        return Demo.run(options(), Terminal.system());
    }

    private DemoOptions options() {
        if (llm != null) {
            settings.put("llm.path", llm.toAbsolutePath().normalize().toString());
        }
        try {
            return new DemoOptions(
                    Path.of(System.getProperty("lea.home", ".")).toAbsolutePath().normalize(),
                    Optional.ofNullable(data),
                    seed,
                    Optional.ofNullable(keep),
                    Optional.ofNullable(preset),
                    settings,
                    new DemoOptions.Ports(environmentPort, agentPort, trainerPort));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
