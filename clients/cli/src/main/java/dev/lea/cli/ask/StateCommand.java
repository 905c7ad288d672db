package dev.lea.cli.ask;

import dev.lea.cli.terminal.Format;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.proto.common.v1.EmbeddingFormat;
import dev.lea.proto.common.v1.Embeddings;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.GetStatesResponse;
import dev.lea.proto.environment.v1.StateQuery;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lea state`: the environment's state of a history.
@Command(
        name = "state",
        description = "The environment's state of a history: a vector that stands for it.",
        footerHeading = "%nExamples%n",
        footer = {
            "  ./lea state i4 i17                 its length and first elements",
            "  ./lea state i4 i17 --prefixes      after each item, with the cosine to the one before",
            "  ./lea state i4 i17 --json          all elements, in results[0].states.values"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class StateCommand implements Callable<Integer> {
    private static final int SHOWN = 6;

    @Spec private CommandSpec spec;
    @Mixin private HistoryOptions history;

    @Option(names = "--prefixes", description = "The states after each item, the empty one first.")
    private boolean prefixes;

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
                        .states(
                                GetStatesRequest.newBuilder()
                                        .addQueries(
                                                StateQuery.newBuilder()
                                                        .addAllHistoryItemIds(ids)
                                                        .setAllPrefixes(prefixes))
                                        .setUnknownItems(answer.unknownItems())
                                        .setVersion(answer.version())
                                        .setFormat(EmbeddingFormat.EMBEDDING_FORMAT_VALUES)
                                        .build());
        if (answers.json()) {
            answers.json(response);
        } else {
            show(response, ids, answers);
        }
        return ExitCode.DONE;
    }

    private void show(GetStatesResponse response, List<String> ids, Answers answers) {
        var result = response.getResults(0);
        List<String> known =
                ids.stream().filter(id -> !result.getSkippedItemIdsList().contains(id)).toList();
        Titles titles = history.titles(ids);
        Embeddings states = result.getStates();
        var table = answers.table("items", "newest", "length", "cosine", "elements");
        for (int row = 0; row < states.getCount(); row++) {
            int items = prefixes ? row : known.size();
            String newest = items == 0 ? "" : known.get(items - 1);
            table.row(
                    Integer.toString(items),
                    Format.fit((newest + "  " + titles.of(newest)).strip(), 40),
                    Format.metric(Math.sqrt(product(states, row, row))),
                    row == 0 ? "-" : Format.metric(cosine(states, row, row - 1)),
                    elements(states, row));
        }
        answers.show(table);
        answers.skipped(result.getSkippedItemIdsList());
        answers.note(
                "  %d elements, by %s%s"
                        .formatted(
                                states.getDimension(),
                                Answers.name(response.getModel()),
                                result.getTruncated()
                                        ? "; the oldest items are beyond its context"
                                        : ""));
    }

    private static String elements(Embeddings states, int row) {
        int from = row * states.getDimension();
        int shown = Math.min(SHOWN, states.getDimension());
        return states.getValuesList().subList(from, from + shown).stream()
                        .map(value -> String.format(Locale.ROOT, "%+.3f", value))
                        .collect(Collectors.joining(" "))
                + (shown < states.getDimension() ? " …" : "");
    }

    private static double cosine(Embeddings states, int one, int other) {
        return product(states, one, other)
                / Math.sqrt(product(states, one, one) * product(states, other, other));
    }

    private static double product(Embeddings states, int one, int other) {
        int width = states.getDimension();
        double sum = 0;
        for (int i = 0; i < width; i++) {
            sum += (double) states.getValues(one * width + i) * states.getValues(other * width + i);
        }
        return sum;
    }
}
