package dev.lea.serving.rpc;

import static java.util.Objects.requireNonNull;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// A service, the threads that its handlers want, and what in it changes things.
///
/// @param definition the bound service
/// @param blocking   true: each call gets a virtual thread, so its handler may wait. False: the handler runs on the
///                   transport's own thread, which is fastest, and must hand off at once and never wait
/// @param writing    full names of the methods that change things, which a writer alone may call
public record Service(ServerServiceDefinition definition, boolean blocking, Set<String> writing) {
    public Service {
        requireNonNull(definition, "definition");
        writing = Set.copyOf(writing);
    }

    /// Whoever reaches the server may call all of it.
    public static Service blocking(BindableService service) {
        return new Service(service.bindService(), true, Set.of());
    }

    /// Whoever reaches the server may call all of it.
    public static Service nonBlocking(BindableService service) {
        return new Service(service.bindService(), false, Set.of());
    }

    /// Readers may call these methods; what is not named, now or later, is for writers.
    ///
    /// @param methods bare names, for instance `ListVersions`
    /// @throws IllegalArgumentException if the service has no such method
    public Service readable(String... methods) {
        Set<String> unknown = new TreeSet<>(Arrays.asList(methods));
        Set<String> rest =
                definition.getMethods().stream()
                        .map(ServerMethodDefinition::getMethodDescriptor)
                        .filter(method -> !unknown.remove(method.getBareMethodName()))
                        .map(MethodDescriptor::getFullMethodName)
                        .collect(Collectors.toSet());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(name() + " has no methods " + unknown);
        }
        return new Service(definition, blocking, rest);
    }

    /// Full name, for instance `lea.agent.v1.AgentService`.
    public String name() {
        return definition.getServiceDescriptor().getName();
    }
}
