package dev.lea.client;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.agent.v1.ScoreItemsResponse;

/// Asks agent-server for recommendations.
public final class AgentClient {
    private final LeaChannel channel;

    public AgentClient(LeaChannel channel) {
        this.channel = channel;
    }

    /// The k best items to show next.
    ///
    /// @throws LeaException if the call failed
    public RecommendResponse recommend(RecommendRequest request) {
        return channel.call(AgentServiceGrpc.getRecommendMethod(), request);
    }

    /// What the policy makes of items that the request names.
    ///
    /// @throws LeaException if the call failed
    public ScoreItemsResponse scoreItems(ScoreItemsRequest request) {
        return channel.call(AgentServiceGrpc.getScoreItemsMethod(), request);
    }
}
