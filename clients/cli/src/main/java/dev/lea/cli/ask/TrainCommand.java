package dev.lea.cli.ask;

import dev.lea.client.LeaChannel;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lea train`: starts a run.
@Command(
        name = "train",
        description = "Starts a training run, and follows it until it ends.",
        footerHeading = "%nExamples%n",
        footer = {
            "  ./lea train --data data/shop",
            "  ./lea train --data data/shop-2 --set agent.max_epochs=20 --no-watch"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DIR",
            description = "The data set's folder, on the trainer's machine.")
    private Path data;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Of everything random. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            defaultValue = "",
            description = "Sizes and budgets: default or demo. Default: default.")
    private String preset;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "A single setting of the run; may be repeated.")
    private final Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--request-id",
            paramLabel = "ID",
            description = "A repeat under the same id starts nothing anew. Default: a new one.")
    private String requestId;

    @Option(names = "--no-watch", description = "Does not wait for the end.")
    private boolean leave;

    @Mixin private TrainerOptions server;

    @Override
    public Integer call() {
        return Question.run(spec, server, this::ask);
    }

    private int ask(LeaChannel channel, Answers answers) {
        Run run =
                new TrainerClient(channel)
                        .create(
                                RunSpec.newBuilder()
                                        .setDataPath(data.toAbsolutePath().normalize().toString())
                                        .setSeed(seed)
                                        .setPreset(preset)
                                        .putAllSettings(settings)
                                        .build(),
                                requestId == null ? UUID.randomUUID().toString() : requestId);
        if (!answers.json()) {
            answers.say("  run " + run.getRunId());
        } else if (leave) {
            answers.json(run);
        }
        return leave ? ExitCode.DONE : WatchCommand.watch(channel, answers, run.getRunId());
    }
}
