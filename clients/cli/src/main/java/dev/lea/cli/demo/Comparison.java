package dev.lea.cli.demo;

import dev.lea.client.AgentClient;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.trainer.v1.Example;
import dev.lea.proto.trainer.v1.TitledItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a few users were recommended at some moment.
///
/// @param version that answered
record Comparison(long version, List<List<String>> recommendations) {
    static final int RECOMMENDATIONS = 5;
    private static final int USERS = 3;

    /// A user to ask for.
    ///
    /// @param history item ids, oldest first
    /// @param next    what the user did then; empty where that is not known
    record User(String id, List<String> history, String next) {}

    /// The run's own test users; before it names any, the first of the data.
    static List<User> users(List<Example> examples, Map<String, List<String>> histories) {
        if (!examples.isEmpty()) {
            return examples.stream()
                    .limit(USERS)
                    .map(example ->
                            new User(
                                    example.getUserId(),
                                    example.getHistoryList().stream()
                                            .map(TitledItem::getItemId)
                                            .toList(),
                                    example.getNext().getItemId()))
                    .toList();
        }
        return histories.entrySet().stream()
                .limit(USERS)
                .map(entry -> new User(entry.getKey(), entry.getValue(), ""))
                .toList();
    }

    /// Asks for each user.
    ///
    /// @throws dev.lea.client.LeaException if a call failed
    static Comparison ask(AgentClient agent, List<User> users) {
        long version = 0;
        var recommendations = new ArrayList<List<String>>();
        for (User user : users) {
            RecommendResponse answer =
                    agent.recommend(
                            RecommendRequest.newBuilder()
                                    .addAllHistoryItemIds(user.history())
                                    .setK(RECOMMENDATIONS)
                                    .setUnknownItems(UnknownItems.UNKNOWN_ITEMS_SKIP)
                                    .build());
            version = answer.getModel().getVersion();
            recommendations.add(
                    answer.getItemsList().stream().map(Recommendation::getItemId).toList());
        }
        return new Comparison(version, List.copyOf(recommendations));
    }
}
