package dev.lea.client;

import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc;
import dev.lea.proto.trainer.v1.TrainerServiceGrpc;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What grpc repeats by itself: every unary call that may be sent twice, when nobody answered.
///
/// Not repeated: rollback and deletion (twice is not once) and the streams (what was sent is the caller's to know).
final class ServiceConfig {
    private static final List<MethodDescriptor<?, ?>> NEVER_REPEATED =
            List.of(
                    ModelRepositoryServiceGrpc.getRollBackMethod(),
                    ModelRepositoryServiceGrpc.getDeleteVersionMethod(),
                    ModelRepositoryServiceGrpc.getWatchVersionsMethod(),
                    ModelRepositoryServiceGrpc.getUploadVersionMethod(),
                    EnvironmentServiceGrpc.getAnnotateMethod(),
                    TrainerServiceGrpc.getWatchRunMethod());

    private ServiceConfig() {}

    static Map<String, Object> forAttempts(int maxAttempts) {
        if (maxAttempts == 1) {
            return Map.of();
        }
        Map<String, Object> retryPolicy =
                Map.of(
                        "maxAttempts",
                        (double) maxAttempts,
                        "initialBackoff",
                        "0.1s",
                        "maxBackoff",
                        "2s",
                        "backoffMultiplier",
                        2.0,
                        "retryableStatusCodes",
                        List.of("UNAVAILABLE"));
        Map<String, Object> everything =
                Map.of("name", List.of(Map.of()), "retryPolicy", retryPolicy);
        Map<String, Object> exceptions =
                Map.of("name", NEVER_REPEATED.stream().map(ServiceConfig::name).toList());
        return Map.of(
                "methodConfig",
                Stream.of(exceptions, everything).toList(),
                "retryThrottling",
                Map.of("maxTokens", 10.0, "tokenRatio", 0.1));
    }

    private static Map<String, Object> name(MethodDescriptor<?, ?> method) {
        return Map.of("service", method.getServiceName(), "method", method.getBareMethodName());
    }
}
