package dev.lea.serving.rpc;

import static java.util.Objects.requireNonNull;

import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;

/// A service and the threads that its handlers want.
///
/// @param definition the bound service
/// @param blocking   true: each call gets a virtual thread, so its handler may wait. False: the handler runs on the
///                   transport's own thread, which is fastest, and must hand off at once and never wait
public record Service(ServerServiceDefinition definition, boolean blocking) {
    public Service {
        requireNonNull(definition, "definition");
    }

    public static Service blocking(BindableService service) {
        return new Service(service.bindService(), true);
    }

    public static Service nonBlocking(BindableService service) {
        return new Service(service.bindService(), false);
    }

    /// Full name, for instance `lea.agent.v1.AgentService`.
    public String name() {
        return definition.getServiceDescriptor().getName();
    }
}
