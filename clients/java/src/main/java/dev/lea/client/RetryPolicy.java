package dev.lea.client;

import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// Which unary calls are repeated, and after how long: when nobody answered, after a pause that doubles; when the server
/// refused with a delay, after that. Rollback and deletion are not repeated when nobody answered: twice is not once.
///
/// It is not given to grpc as a service config: grpc-java repeats whatever carries a server's pushback, whatever its
/// config says, and outside its throttle, so that an overloaded server would get several times the load. What grpc repeats
/// by itself is only what no server has seen.
final class RetryPolicy {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Set<String> ONCE =
            Set.of(
                    ModelRepositoryServiceGrpc.getRollBackMethod().getFullMethodName(),
                    ModelRepositoryServiceGrpc.getDeleteVersionMethod().getFullMethodName());

    private RetryPolicy() {}

    /// How long to wait before the next attempt; empty: there is none.
    ///
    /// @param attempts that have been made, 1 or more
    static Optional<Duration> pause(
            LeaException failure, MethodDescriptor<?, ?> method, int attempts) {
        if (failure.code() == Status.Code.UNAVAILABLE) {
            return ONCE.contains(method.getFullMethodName())
                    ? Optional.empty()
                    : Optional.of(doubled(attempts));
        }
        return failure.code() == Status.Code.RESOURCE_EXHAUSTED
                ? failure.retryDelay()
                : Optional.empty();
    }

    private static Duration doubled(int attempts) {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(20, attempts - 1));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }
}
