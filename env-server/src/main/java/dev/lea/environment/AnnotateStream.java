package dev.lea.environment;

import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.serving.rpc.Unary;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/// One Annotate stream: messages are computed side by side, each on a virtual thread of its own, and answered in
/// order.
///
/// Invariants:
///  - at most `window` messages were read and are not yet answered: another is asked for only when an answer has been
///    handed to a transport that had room for it, so a caller who sends and does not read stops being read;
///  - the first message that fails ends the stream with its status, after the answers before it;
///  - when the stream is over, what has not been computed is dropped.
final class AnnotateStream implements StreamObserver<AnnotateRequest> {
    /// Computes the answer to one message; may block.
    @FunctionalInterface
    interface Annotator {
        /// @param gone true once nobody waits for the answer any more
        AnnotateResponse annotate(AnnotateRequest request, BooleanSupplier gone) throws Exception;
    }

    private final ServerCallStreamObserver<AnnotateResponse> observer;
    private final Annotator annotator;
    private final Context context;
    private final Deque<CompletableFuture<AnnotateResponse>> pending =
            new ArrayDeque<>(); // guarded by this
    private boolean halfClosed; // guarded by this
    private volatile boolean over; // written under this

    private AnnotateStream(
            ServerCallStreamObserver<AnnotateResponse> observer, Annotator annotator) {
        this.observer = observer;
        this.annotator = annotator;
        this.context = Context.current();
    }

    /// Starts reading. Call it from the handler.
    static AnnotateStream open(
            ServerCallStreamObserver<AnnotateResponse> observer, int window, Annotator annotator) {
        var stream = new AnnotateStream(observer, annotator);
        observer.disableAutoRequest();
        observer.setOnReadyHandler(stream::answer);
        observer.setOnCancelHandler(stream::end);
        observer.request(window);
        return stream;
    }

    @Override
    public void onNext(AnnotateRequest request) {
        var response = new CompletableFuture<AnnotateResponse>();
        synchronized (this) {
            if (over) {
                return;
            }
            pending.add(response);
        }
        Thread.ofVirtual()
                .name("annotate")
                .start(
                        context.wrap(() -> {
                            compute(request, response);
                            answer();
                        }));
    }

    @Override
    public void onError(Throwable problem) {
        end();
    }

    @Override
    public void onCompleted() {
        synchronized (this) {
            halfClosed = true;
        }
        answer();
    }

    private void compute(AnnotateRequest request, CompletableFuture<AnnotateResponse> response) {
        try {
            response.complete(annotator.annotate(request, () -> over));
        } catch (Throwable t) {
            response.completeExceptionally(t);
        }
    }

    /// Sends what is ready, in order, as far as the transport has room.
    private synchronized void answer() {
        while (!over && !pending.isEmpty() && pending.peek().isDone()) {
            CompletableFuture<AnnotateResponse> head = pending.peek();
            if (head.isCompletedExceptionally()) {
                end();
                fail(head);
            } else if (observer.isReady()) {
                pending.remove();
                observer.onNext(head.join());
                observer.request(1);
            } else {
                return; // the transport calls again when it has room
            }
        }
        if (!over && halfClosed && pending.isEmpty()) {
            end();
            observer.onCompleted();
        }
    }

    private void fail(CompletableFuture<AnnotateResponse> failed) {
        try {
            failed.join();
        } catch (CompletionException e) {
            Unary.fail(observer, e.getCause());
        }
    }

    private synchronized void end() {
        over = true;
        pending.clear();
    }
}
