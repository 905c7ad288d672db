package dev.lea.cli.ask;

import dev.lea.client.AgentClient;
import dev.lea.client.LeaChannel;
import dev.lea.proto.agent.v1.Feedback;
import dev.lea.proto.agent.v1.Impression;
import dev.lea.proto.agent.v1.Interaction;
import dev.lea.proto.agent.v1.InteractionKind;
import dev.lea.proto.agent.v1.RecordFeedbackRequest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea feedback`: tells the server what a user did.
@Command(
        name = "feedback",
        description = "Tells agent-server what a user did, for the next training.",
        footerHeading = "%nExamples%n",
        footer = {
            "  ./lea feedback --user u7 i4 i9",
            "  ./lea feedback --user u7 --purchase i4 --recommendation 91c0f2d4a7b3e611-3"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class FeedbackCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "ITEM", arity = "1..*", description = "Oldest first.")
    private List<String> items;

    @Option(names = "--user", required = true, paramLabel = "ID", description = "Whose it is.")
    private String user;

    @Option(names = "--purchase", description = "They were bought. Default: clicked.")
    private boolean purchase;

    @Option(
            names = "--recommendation",
            paramLabel = "ID",
            description = "The recommendation on which it was done, as ./lea recommend tells it.")
    private String recommendation;

    @Option(
            names = "--request-id",
            paramLabel = "ID",
            defaultValue = "",
            description = "A repeat under the same id is not kept twice. Default: a new one.")
    private String requestId;

    @Mixin private AgentOptions server;

    @Override
    public Integer call() {
        return Question.run(spec, server, this::ask);
    }

    private int ask(LeaChannel channel, Answers answers) {
        var feedback = Feedback.newBuilder().setUserId(user);
        if (recommendation != null) {
            feedback.setImpression(Impression.newBuilder().setRecommendationId(recommendation));
        }
        for (String item : items) {
            feedback.addInteractions(
                    Interaction.newBuilder()
                            .setItemId(item)
                            .setKind(
                                    purchase
                                            ? InteractionKind.INTERACTION_KIND_PURCHASE
                                            : InteractionKind.INTERACTION_KIND_CLICK));
        }
        var response =
                new AgentClient(channel)
                        .recordFeedback(
                                RecordFeedbackRequest.newBuilder()
                                        .setRequestId(requestId)
                                        .addFeedback(feedback)
                                        .build());
        if (answers.json()) {
            answers.json(response);
        } else {
            answers.say(response.getAlreadyRecorded() ? "kept before" : "kept");
        }
        return ExitCode.DONE;
    }
}
