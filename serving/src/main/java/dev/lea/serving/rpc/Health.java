package dev.lea.serving.rpc;

import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What `grpc.health.v1` says, per service. Thread-safe.
///
/// Made before the server, so that a service that cannot serve yet never claims to: what has been [#set]
/// before the server starts stays, every other service starts as serving.
public final class Health {
    private final HealthStatusManager manager = new HealthStatusManager();
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /// Says whether a service serves. Without effect once the server closes.
    ///
    /// @param service full name, or "" for the process
    public void set(String service, boolean serving) {
        known.add(service);
        manager.setStatus(service, serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }

    void setServingUnlessKnown(String service) {
        if (known.add(service)) {
            manager.setStatus(service, ServingStatus.SERVING);
        }
    }

    /// Everything is NOT_SERVING from now on.
    void close() {
        manager.enterTerminalState();
    }

    BindableService service() {
        return manager.getHealthService();
    }
}
