package dev.lea.cli.ask;

import dev.lea.cli.terminal.Format;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.proto.environment.v1.AugmentActionsRequest;
import dev.lea.proto.environment.v1.AugmentActionsResponse;
import dev.lea.proto.environment.v1.AugmentQuery;
import dev.lea.proto.environment.v1.Augmentation;
import dev.lea.proto.environment.v1.PositiveAction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lea augment`: what the environment expects a user to like next.
@Command(
        name = "augment",
        description =
                "Positive actions: items that nobody logged and the environment expects a user to like next.",
        footerHeading = "%nExamples%n",
        footer = {
            "  ./lea augment i4 i17 -n 5",
            "  ./lea augment --data data/shop --history-of u7 --exclude i9"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class AugmentCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private HistoryOptions history;

    @Option(
            names = "-n",
            paramLabel = "N",
            defaultValue = "5",
            description = "Items wanted. Default: ${DEFAULT-VALUE}.")
    private int actions;

    @Option(
            names = "--candidates",
            paramLabel = "N",
            defaultValue = "0",
            description = "Candidates before the reward model chooses. Default: the server's.")
    private int candidates;

    @Option(
            names = "--exclude",
            split = ",",
            paramLabel = "ITEM",
            description = "Not these; separated by commas, may be repeated.")
    private List<String> exclude = List.of();

    @Option(
            names = "--temperature",
            paramLabel = "X",
            defaultValue = "0",
            description = "Above 0: drawn by exp(raw / X) instead of the best.")
    private float temperature;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Of the draw. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin private AnswerOptions answer;
    @Mixin private EnvironmentOptions server;

    @Override
    public Integer call() {
        return Question.run(spec, server, this::ask);
    }

    private int ask(LeaChannel channel, Answers answers) {
        List<String> ids = history.ids(System.in);
        var response =
                new EnvironmentClient(channel)
                        .augment(
                                AugmentActionsRequest.newBuilder()
                                        .addQueries(
                                                AugmentQuery.newBuilder()
                                                        .addAllHistoryItemIds(ids)
                                                        .addAllExcludeItemIds(exclude))
                                        .setAugmentation(
                                                Augmentation.newBuilder()
                                                        .setActions(actions)
                                                        .setCandidates(candidates)
                                                        .setTemperature(temperature)
                                                        .setSeed(seed))
                                        .setUnknownItems(answer.unknownItems())
                                        .setVersion(answer.version())
                                        .build());
        if (answers.json()) {
            answers.json(response);
        } else {
            show(response, ids, answers);
        }
        return ExitCode.DONE;
    }

    private void show(AugmentActionsResponse response, List<String> ids, Answers answers) {
        var result = response.getResults(0);
        List<String> all = new ArrayList<>(ids);
        result.getActionsList().forEach(action -> all.add(action.getReward().getItemId()));
        var items = new ItemTable(answers, history.titles(all));
        items.history(ids);
        items.begin(List.of("reward", "raw", "from", "similarity"));
        for (PositiveAction action : result.getActionsList()) {
            List<String> cells = new ArrayList<>(ScoreCommand.cells(action.getReward()));
            cells.add(Format.metric(action.getSimilarity()));
            items.add(action.getReward().getItemId(), cells);
        }
        items.end(result.getSkippedItemIdsList());
        answers.note("  by " + Answers.name(response.getModel()));
    }
}
