package dev.lea.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.proto.trainer.v1.CreateRunRequest;
import dev.lea.proto.trainer.v1.CreateRunResponse;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.proto.trainer.v1.TrainerServiceGrpc.TrainerServiceImplBase;
import dev.lea.proto.trainer.v1.WatchRunRequest;
import dev.lea.proto.trainer.v1.WatchRunResponse;
import io.grpc.Status.Code;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TrainerClientTest {
    /// Each connection tells one list of states, then ends as `ends` says.
    private static final class ScriptedTrainer extends TrainerServiceImplBase {
        final AtomicInteger connections = new AtomicInteger();
        final List<String> requestIds = new ArrayList<>();
        private final List<List<RunState>> script;
        private final RuntimeException end;

        ScriptedTrainer(RuntimeException end, List<List<RunState>> script) {
            this.script = script;
            this.end = end;
        }

        @Override
        public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> out) {
            requestIds.add(request.getRequestId());
            if (requestIds.size() == 1) {
                out.onError(TestServer.error(Code.UNAVAILABLE, "lost", "LOST", null));
                return;
            }
            out.onNext(
                    CreateRunResponse.newBuilder().setRun(Run.newBuilder().setRunId("r")).build());
            out.onCompleted();
        }

        @Override
        public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> out) {
            int connection = connections.getAndIncrement();
            if (connection < script.size()) {
                for (RunState state : script.get(connection)) {
                    out.onNext(
                            WatchRunResponse.newBuilder()
                                    .setRun(Run.newBuilder().setRunId("r").setState(state))
                                    .build());
                }
            }
            if (end == null) {
                return; // stays silent
            }
            out.onError(end);
        }
    }

    @Test
    void create_repeated_keepsItsRequestId() throws Exception {
        var trainer = new ScriptedTrainer(null, List.of());
        try (var server = TestServer.start(trainer)) {
            var run = new TrainerClient(server.channel()).create(RunSpec.getDefaultInstance());
            assertThat(run.getRunId()).isEqualTo("r");
            assertThat(trainer.requestIds).hasSize(2);
            assertThat(trainer.requestIds.get(0)).isEqualTo(trainer.requestIds.get(1)).isNotEmpty();
        }
    }

    @Test
    void watch_connectionLost_goesOnToTheEnd() throws Exception {
        var trainer =
                new ScriptedTrainer(
                        TestServer.error(Code.UNAVAILABLE, "lost", "LOST", null),
                        List.of(
                                List.of(RunState.RUN_STATE_RUNNING),
                                List.of(RunState.RUN_STATE_RUNNING, RunState.RUN_STATE_SUCCEEDED)));
        try (var server = TestServer.start(trainer)) {
            var states = new ArrayList<RunState>();
            var last =
                    new TrainerClient(server.channel())
                            .watch("r", run -> states.add(run.getState()));
            assertThat(last.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(states).hasSize(3);
            assertThat(trainer.connections).hasValue(2);
        }
    }

    @Test
    void watch_silentConnection_isAskedAnew() throws Exception {
        var trainer =
                new ScriptedTrainer(
                        null,
                        List.of(
                                List.of(RunState.RUN_STATE_WAITING),
                                List.of(RunState.RUN_STATE_FAILED)));
        var settings = TestServer.PATIENT.withIdleTimeout(Duration.ofMillis(50));
        try (var server = TestServer.start(trainer, settings)) {
            var last = new TrainerClient(server.channel()).watch("r", run -> {});
            assertThat(last.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
        }
    }

    @Test
    void watch_unknownRun_failsAtOnce() throws Exception {
        var trainer =
                new ScriptedTrainer(
                        TestServer.error(Code.NOT_FOUND, "no run r", "UNKNOWN_RUN", null),
                        List.of());
        try (var server = TestServer.start(trainer)) {
            var client = new TrainerClient(server.channel());
            var e = catchThrowableOfType(LeaException.class, () -> client.watch("r", run -> {}));
            assertThat(e.reason()).isEqualTo("UNKNOWN_RUN");
            assertThat(trainer.connections).hasValue(1);
        }
    }
}
