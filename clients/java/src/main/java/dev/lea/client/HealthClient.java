package dev.lea.client;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.time.Duration;

/// Asks any server whether it can serve.
public final class HealthClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final LeaChannel channel;

    public HealthClient(LeaChannel channel) {
        this.channel = channel;
    }

    /// Whether a named service can answer: its model is loaded. False also when nobody is there.
    ///
    /// @param service full name, for instance `lea.agent.v1.AgentService`; empty for the server as a whole
    public boolean isServing(String service) {
        try {
            return check(service) == ServingStatus.SERVING;
        } catch (LeaException e) {
            return false;
        }
    }

    /// Whether the server answers at all, with or without a model.
    public boolean isReachable() {
        try {
            check("");
            return true;
        } catch (LeaException e) {
            return e.code() == Status.Code.NOT_FOUND || e.code() == Status.Code.UNIMPLEMENTED;
        }
    }

    private ServingStatus check(String service) {
        var request = HealthCheckRequest.newBuilder().setService(service).build();
        return channel.call(HealthGrpc.getCheckMethod(), request, PATIENCE).getStatus();
    }
}
