package dev.lea.client;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.RecordFeedbackRequest;
import dev.lea.proto.agent.v1.RecordFeedbackResponse;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.agent.v1.ScoreItemsResponse;
import java.util.UUID;

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

    /// Keeps what was shown and what users did. It is on the server's disk when this returns; a repeat, by this client or
    /// by the caller, is not kept twice.
    ///
    /// @param request its `request_id` is drawn where it has none
    /// @throws LeaException if the call failed
    public RecordFeedbackResponse recordFeedback(RecordFeedbackRequest request) {
        var named =
                request.getRequestId().isEmpty()
                        ? request.toBuilder().setRequestId(UUID.randomUUID().toString()).build()
                        : request;
        return channel.call(AgentServiceGrpc.getRecordFeedbackMethod(), named);
    }
}
