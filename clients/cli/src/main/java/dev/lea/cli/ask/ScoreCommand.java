package dev.lea.cli.ask;

import dev.lea.cli.terminal.Format;
import dev.lea.client.AgentClient;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lea score`: what the policy, or the environment, makes of items.
@Command(
        name = "score",
        description = {
            "What the live policy makes of items that you name; with --reward, what the environment makes of them."
        },
        footerHeading = "%nExamples%n",
        footer = {
            "  ./lea score --items i9,i11 i4 i17            scores after two items",
            "  ./lea score --items i9,i11 --reward i4 i17   rewards; asks env-server"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class ScoreCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private HistoryOptions history;

    @Option(
            names = "--items",
            required = true,
            split = ",",
            paramLabel = "ITEM",
            description = "Items to score; separated by commas, may be repeated.")
    private List<String> items;

    @Option(names = "--reward", description = "Asks env-server for rewards.")
    private boolean reward;

    @Option(
            names = "--environment",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:LEA_ENVIRONMENT:-127.0.0.1:7071}",
            description =
                    "Where env-server listens, for --reward (LEA_ENVIRONMENT). Default: ${DEFAULT-VALUE}.")
    private String environment;

    @Mixin private AnswerOptions answer;
    @Mixin private AgentOptions server;

    @Override
    public Integer call() {
        return reward
                ? Question.run(spec, server, environment, this::rewards)
                : Question.run(spec, server, this::scores);
    }

    private int scores(LeaChannel channel, Answers answers) {
        List<String> ids = history.ids(System.in);
        var response =
                new AgentClient(channel)
                        .scoreItems(
                                ScoreItemsRequest.newBuilder()
                                        .addAllHistoryItemIds(ids)
                                        .addAllItemIds(items)
                                        .setUnknownItems(answer.unknownItems())
                                        .setVersion(answer.version())
                                        .build());
        if (answers.json()) {
            answers.json(response);
            return ExitCode.DONE;
        }
        ItemTable table = table(answers, ids, List.of("score"));
        response.getItemsList()
                .forEach(item ->
                        table.add(item.getItemId(), List.of(Format.metric(item.getScore()))));
        return end(table, response.getSkippedItemIdsList(), response.getModel(), answers);
    }

    private int rewards(LeaChannel channel, Answers answers) {
        List<String> ids = history.ids(System.in);
        var response =
                new EnvironmentClient(channel)
                        .score(
                                ScoreActionsRequest.newBuilder()
                                        .addQueries(
                                                ScoreQuery.newBuilder()
                                                        .addAllHistoryItemIds(ids)
                                                        .addAllCandidateItemIds(items))
                                        .setUnknownItems(answer.unknownItems())
                                        .setVersion(answer.version())
                                        .build());
        if (answers.json()) {
            answers.json(response);
            return ExitCode.DONE;
        }
        ItemTable table = table(answers, ids, List.of("reward", "raw", "from"));
        var result = response.getResults(0);
        result.getRewardsList().forEach(one -> table.add(one.getItemId(), cells(one)));
        return end(table, result.getSkippedItemIdsList(), response.getModel(), answers);
    }

    /// Reward, raw score and where they are from.
    static List<String> cells(Reward reward) {
        return List.of(
                Format.metric(reward.getReward()),
                Format.metric(reward.getRaw()),
                reward.getSource()
                        .name()
                        .substring("REWARD_SOURCE_".length())
                        .toLowerCase(Locale.ROOT));
    }

    private ItemTable table(Answers answers, List<String> ids, List<String> columns) {
        List<String> all = new ArrayList<>(ids);
        all.addAll(items);
        var table = new ItemTable(answers, history.titles(all));
        table.history(ids);
        table.begin(columns);
        return table;
    }

    private static int end(
            ItemTable table, List<String> skipped, ModelVersion model, Answers answers) {
        table.end(skipped);
        answers.note("  by " + Answers.name(model));
        return ExitCode.DONE;
    }
}
