package dev.lea.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.serving.Failure;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AnnotateStreamTest {
    /// A transport that has room only when told so. Its methods are called under the stream's lock, and so are read
    /// under its own.
    private static final class FakeCall extends ServerCallStreamObserver<AnnotateResponse> {
        private final List<String> answers = new ArrayList<>(); // guarded by this
        private int requested; // guarded by this
        private boolean ready = true; // guarded by this
        private String end = "open"; // guarded by this
        private Runnable onReady = () -> {};
        private Runnable onCancel = () -> {};

        synchronized int requested() {
            return requested;
        }

        synchronized List<String> answers() {
            return List.copyOf(answers);
        }

        synchronized String end() {
            return end;
        }

        void setReady(boolean ready) {
            synchronized (this) {
                this.ready = ready;
            }
            if (ready) {
                onReady.run();
            }
        }

        synchronized void awaitAnswers(int count) throws InterruptedException {
            while (answers.size() < count) {
                wait();
            }
        }

        synchronized void awaitEnd() throws InterruptedException {
            while (end.equals("open")) {
                wait();
            }
        }

        @Override
        public synchronized void onNext(AnnotateResponse response) {
            assertThat(ready).isTrue();
            assertThat(end).isEqualTo("open");
            answers.add(response.getSequenceId());
            notifyAll();
        }

        @Override
        public synchronized void onError(Throwable problem) {
            end = Status.fromThrowable(problem).getCode().name();
            notifyAll();
        }

        @Override
        public synchronized void onCompleted() {
            end = "completed";
            notifyAll();
        }

        @Override
        public synchronized void request(int count) {
            requested += count;
        }

        @Override
        public synchronized boolean isReady() {
            return ready;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {
            onReady = handler;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {
            onCancel = handler;
        }

        @Override
        public void disableAutoRequest() {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public void setMessageCompression(boolean enable) {}
    }

    /// Answers a message when its latch opens.
    private static final class GatedAnnotator implements AnnotateStream.Annotator {
        private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();
        private final Map<String, BooleanSupplier> gone = new ConcurrentHashMap<>();

        CountDownLatch gate(String id) {
            return gates.computeIfAbsent(id, _ -> new CountDownLatch(1));
        }

        @Override
        public AnnotateResponse annotate(AnnotateRequest request, BooleanSupplier gone)
                throws Exception {
            this.gone.put(request.getSequenceId(), gone);
            gate(request.getSequenceId()).await();
            if (request.getItemIdsCount() > 0) {
                throw new Failure.Invalid("item_ids", "not like this");
            }
            return AnnotateResponse.newBuilder().setSequenceId(request.getSequenceId()).build();
        }
    }

    private final FakeCall call = new FakeCall();
    private final GatedAnnotator annotator = new GatedAnnotator();
    private final AnnotateStream stream = AnnotateStream.open(call, 3, annotator);

    @Test
    void answers_comeInTheOrderOfTheMessages() throws Exception {
        send("a", "b", "c");
        annotator.gate("c").countDown();
        annotator.gate("b").countDown();
        assertThat(call.answers()).isEmpty();
        annotator.gate("a").countDown();
        call.awaitAnswers(3);
        assertThat(call.answers()).containsExactly("a", "b", "c");
        stream.onCompleted();
        assertThat(call.end()).isEqualTo("completed");
    }

    @Test
    void messages_areAskedForOnlyAsAnswersLeave() throws Exception {
        assertThat(call.requested()).isEqualTo(3);
        send("a", "b", "c");
        call.setReady(false);
        for (String id : List.of("a", "b", "c")) {
            annotator.gate(id).countDown();
        }
        stream.onCompleted();
        assertThat(call.requested()).as("the caller does not read").isEqualTo(3);
        assertThat(call.end()).isEqualTo("open");
        call.setReady(true);
        call.awaitEnd();
        assertThat(call.answers()).containsExactly("a", "b", "c");
        assertThat(call.requested()).isEqualTo(6);
    }

    @Test
    void aMessageThatFails_endsTheStreamAfterTheAnswersBeforeIt() throws Exception {
        send("a");
        stream.onNext(AnnotateRequest.newBuilder().setSequenceId("b").addItemIds("bad").build());
        send("c");
        annotator.gate("b").countDown();
        annotator.gate("a").countDown();
        call.awaitEnd();
        assertThat(call.answers()).containsExactly("a");
        assertThat(call.end()).isEqualTo("INVALID_ARGUMENT");
        annotator.gate("c").countDown();
        send("d");
        assertThat(call.answers()).containsExactly("a");
        assertThat(annotator.gone).doesNotContainKey("d");
    }

    @Test
    void aCallerWhoLeaves_isToldToWhatIsUnderWay() throws Exception {
        send("a");
        annotator.gate("a");
        while (!annotator.gone.containsKey("a")) {
            Thread.onSpinWait();
        }
        assertThat(annotator.gone.get("a").getAsBoolean()).isFalse();
        call.onCancel.run();
        assertThat(annotator.gone.get("a").getAsBoolean()).isTrue();
        annotator.gate("a").countDown();
        assertThat(call.answers()).isEmpty();
        assertThat(call.end()).isEqualTo("open");
    }

    private void send(String... ids) {
        for (String id : ids) {
            stream.onNext(AnnotateRequest.newBuilder().setSequenceId(id).build());
        }
    }
}
