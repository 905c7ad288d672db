package dev.lea.cli.ask;

import dev.lea.cli.terminal.Format;
import dev.lea.client.AgentClient;
import dev.lea.client.LeaChannel;
import dev.lea.proto.agent.v1.Exploration;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lea recommend`: what the policy would show next.
@Command(
        name = "recommend",
        description = "What the live policy would show a user next.",
        footerHeading = "%nExamples%n",
        footer = {
            "  ./lea recommend i4 i17 -k 5                      after these two items",
            "  ./lea recommend --data data/shop --history-of u7 what a user of the log did, with titles",
            "  ./lea recommend i4 --temperature 0.5 --seed 7    drawn, with each item's chance",
            "  cat ids | ./lea recommend --history - --json     for scripts"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class RecommendCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private HistoryOptions history;

    @Option(
            names = "-k",
            paramLabel = "N",
            defaultValue = "10",
            description = "Items wanted. Default: ${DEFAULT-VALUE}.")
    private int k;

    @Option(
            names = "--exclude",
            split = ",",
            paramLabel = "ITEM",
            description = "Not these; separated by commas, may be repeated.")
    private List<String> exclude = List.of();

    @Option(
            names = "--allow",
            split = ",",
            paramLabel = "ITEM",
            description = "Only these; separated by commas, may be repeated.")
    private List<String> allow = List.of();

    @Option(names = "--new", description = "Not what the user met already.")
    private boolean unmet;

    @Option(
            names = "--temperature",
            paramLabel = "X",
            defaultValue = "0",
            description = "Above 0: drawn by exp(score / X) instead of the best.")
    private float temperature;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Of the draw. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--user",
            paramLabel = "ID",
            defaultValue = "",
            description = "Who asks; decides between live version and canary.")
    private String user;

    @Mixin private AnswerOptions answer;
    @Mixin private AgentOptions server;

    @Override
    public Integer call() {
        return Question.run(spec, server, this::ask);
    }

    private int ask(LeaChannel channel, Answers answers) {
        List<String> ids = history.ids(System.in);
        var request =
                RecommendRequest.newBuilder()
                        .addAllHistoryItemIds(ids)
                        .setK(k)
                        .addAllExcludeItemIds(exclude)
                        .addAllAllowItemIds(allow)
                        .setExcludeHistory(unmet)
                        .setUserId(user)
                        .setUnknownItems(answer.unknownItems())
                        .setVersion(answer.version());
        if (temperature != 0) {
            request.setExploration(
                    Exploration.newBuilder().setTemperature(temperature).setSeed(seed));
        }
        RecommendResponse response = new AgentClient(channel).recommend(request.build());
        if (answers.json()) {
            answers.json(response);
        } else {
            show(response, ids, answers);
        }
        return ExitCode.DONE;
    }

    private void show(RecommendResponse response, List<String> ids, Answers answers) {
        List<String> all = new ArrayList<>(ids);
        response.getItemsList().forEach(item -> all.add(item.getItemId()));
        var items = new ItemTable(answers, history.titles(all));
        items.history(ids);
        boolean drawn = temperature != 0;
        items.begin(drawn ? List.of("score", "chance") : List.of("score"));
        for (Recommendation item : response.getItemsList()) {
            String score = Format.metric(item.getScore());
            items.add(
                    item.getItemId(),
                    drawn
                            ? List.of(
                                    score, String.format(Locale.ROOT, "%.4f", item.getPropensity()))
                            : List.of(score));
        }
        items.end(response.getSkippedItemIdsList());
        answers.note(
                "  by "
                        + Answers.name(response.getModel())
                        + (response.getRecommendationId().isEmpty()
                                ? ""
                                : ", recommendation " + response.getRecommendationId()));
    }
}
