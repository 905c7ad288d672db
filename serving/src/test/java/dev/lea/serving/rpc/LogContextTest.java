package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class LogContextTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private final Logger log = (Logger) LoggerFactory.getLogger(FailureLog.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void leave() {
        log.detachAppender(lines);
    }

    @ParameterizedTest
    @CsvSource({
        "00-" + TRACE + "-00f067aa0ba902b7-01, " + TRACE,
        "00-" + TRACE + "-01, ",
        "'broken \t-', "
    })
    void failedCall_isLoggedWithItsMethodAndItsCallersTrace(String header, String trace) {
        try (var server = RpcServer.start(RpcSettings.DEFAULT, new Health(), List.of())) {
            ManagedChannel channel =
                    NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                            .usePlaintext()
                            .build();
            try {
                var headers = new Metadata();
                headers.put(LogContext.TRACE_PARENT, header);
                var health =
                        HealthGrpc.newBlockingStub(channel)
                                .withInterceptors(
                                        MetadataUtils.newAttachHeadersInterceptor(headers));
                var unknown = HealthCheckRequest.newBuilder().setService("nobody").build();
                assertThatThrownBy(() -> health.check(unknown))
                        .isInstanceOf(StatusRuntimeException.class);
            } finally {
                channel.shutdownNow();
            }
        }
        assertThat(lines.list)
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.getMDCPropertyMap())
                            .containsEntry("method", "grpc.health.v1.Health/Check");
                    assertThat(line.getMDCPropertyMap().get("trace_id")).isEqualTo(trace);
                });
    }
}
