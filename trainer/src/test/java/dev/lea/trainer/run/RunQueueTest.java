package dev.lea.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.serving.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RunQueueTest {
    private static final RunSpec SPEC = RunSpec.newBuilder().setDataPath("/data").build();

    @TempDir Path folder;

    private final CountDownLatch begun = new CountDownLatch(1);

    @Test
    void create_sameRequestId_answersWithTheSameRun() {
        try (var queue = RunQueue.open(folder, this::untilStopped)) {
            assertThat(queue.create(SPEC, "x")).isSameAs(queue.create(SPEC, "x"));
            assertThat(queue.create(SPEC, "y")).isNotSameAs(queue.find("run-x"));
            assertThat(queue.list())
                    .extracting(r -> r.get().getRunId())
                    .containsExactly("run-y", "run-x");
        }
        try (var queue = RunQueue.open(folder, this::untilStopped)) {
            assertThat(queue.create(SPEC, "x").get().getRunId()).isEqualTo("run-x");
            assertThat(queue.list()).hasSize(2);
        }
    }

    @Test
    void find_unknown_isNamed() {
        try (var queue = RunQueue.open(folder, this::untilStopped)) {
            assertThatThrownBy(() -> queue.find("run-7"))
                    .isInstanceOf(Failure.NotFound.class)
                    .hasMessageContaining("'run-7'");
        }
    }

    @Test
    void work_thatFails_saysWhyAndTheNextRunBegins() throws Exception {
        var done = new CopyOnWriteArrayList<String>();
        RunQueue.Work work =
                record -> {
                    done.add(record.get().getRunId());
                    if (done.size() == 1) {
                        throw new Failure.Corrupt("BROKEN", "the file is broken");
                    }
                    if (done.size() == 2) {
                        throw new IllegalStateException("a bug");
                    }
                };
        try (var queue = RunQueue.open(folder, work)) {
            Run first = ended(queue.create(SPEC, "1"));
            assertThat(first.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(first.getFailure()).isEqualTo("the file is broken");
            Run second = ended(queue.create(SPEC, "2"));
            assertThat(second.getFailure()).contains("internal error").contains("a bug");
            assertThat(ended(queue.create(SPEC, "3")).getState())
                    .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        }
        assertThat(done).containsExactly("run-1", "run-2", "run-3");
    }

    @Test
    void cancel_runAtWork_endsItAsCancelledForGood() throws Exception {
        try (var queue = RunQueue.open(folder, this::untilStopped)) {
            RunRecord record = queue.create(SPEC, "1");
            begun.await();
            queue.cancel(record);
            assertThat(ended(record).getState()).isEqualTo(RunState.RUN_STATE_CANCELLED);
        }
        try (var queue = RunQueue.open(folder, this::untilStopped)) {
            assertThat(queue.find("run-1").isOver()).isTrue();
        }
    }

    @Test
    void cancel_runThatWaitsItsTurn_neverBegins() throws Exception {
        try (var queue = RunQueue.open(folder, this::untilStopped)) {
            queue.create(SPEC, "1");
            RunRecord second = queue.create(SPEC, "2");
            begun.await();
            queue.cancel(second);
            assertThat(second.get().getState()).isEqualTo(RunState.RUN_STATE_CANCELLED);
            assertThat(second.get().getFailure()).contains("before it began");
        }
    }

    @Test
    void close_runAtWork_isTakenUpAgainWhateverItsEndLookedLike() throws Exception {
        RunQueue.Work broken =
                record -> {
                    try {
                        untilStopped(record);
                    } catch (RuntimeException e) { // as a call that was broken off would
                        throw new IllegalStateException("the channel is closed", e);
                    }
                };
        try (var queue = RunQueue.open(folder, broken)) {
            queue.create(SPEC, "1");
            begun.await();
        }
        try (var queue = RunQueue.open(folder, _ -> {})) {
            assertThat(ended(queue.find("run-1")).getState())
                    .isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        }
    }

    @Test
    void open_severalRuns_goOnInTheOrderOfTheirCreation() throws Exception {
        try (var queue = RunQueue.open(folder, this::untilStopped)) {
            for (String id : List.of("c", "a", "b")) {
                queue.create(SPEC, id);
            }
            begun.await();
        }
        var order = new CopyOnWriteArrayList<String>();
        try (var queue = RunQueue.open(folder, record -> order.add(record.get().getRunId()))) {
            for (String id : List.of("c", "a", "b")) {
                ended(queue.find("run-" + id));
            }
        }
        assertThat(order).containsExactly("run-c", "run-a", "run-b");
    }

    @Test
    void outage_stoppedWhileItWaits_ends() throws Exception {
        RunQueue.Work waiting =
                record -> {
                    begun.countDown();
                    record.waiting("waits for nobody");
                    while (true) {
                        record.await(record.changes(), Duration.ofMillis(50));
                        record.stage("any", "steps").at(1, 2, "");
                    }
                };
        try (var queue = RunQueue.open(folder, waiting)) {
            RunRecord record = queue.create(SPEC, "1");
            begun.await();
            queue.cancel(record);
            assertThat(ended(record).getState()).isEqualTo(RunState.RUN_STATE_CANCELLED);
        }
    }

    private void untilStopped(RunRecord record) throws Exception {
        var stage = record.stage("wait", "steps");
        begun.countDown();
        for (long step = 0; ; step++) {
            stage.at(step, step + 1, "");
            record.await(record.changes(), Duration.ofMillis(5));
        }
    }

    private static Run ended(RunRecord record) throws InterruptedException {
        while (!record.isOver()) {
            record.await(record.changes(), Duration.ofMillis(50));
        }
        return record.get();
    }
}
