package dev.lea.serving.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers a unary call once, or fails it once with the right status. What the status hides goes to the log.
public final class Unary {
    private static final Logger log = LoggerFactory.getLogger(Unary.class);

    /// A model that fails does so for thousands of calls a second, each in the same way.
    private static final LogLimit TRACES = new LogLimit(5, System::nanoTime);

    private Unary() {}

    /// Computes the answer on this thread; for handlers that may block.
    public static <R> void reply(StreamObserver<R> observer, Callable<R> body) {
        R response;
        try {
            response = body.call();
        } catch (Throwable t) {
            fail(observer, t);
            return;
        }
        answer(observer, response);
    }

    /// Answers when the future that `body` hands out is complete, on the thread that completes it; cancels the
    /// future when the caller goes away first. `body` itself must not block.
    public static <R> void replyLater(
            StreamObserver<R> observer, Callable<CompletableFuture<R>> body) {
        CompletableFuture<R> future;
        try {
            future = body.call();
        } catch (Throwable t) {
            fail(observer, t);
            return;
        }
        if (observer instanceof ServerCallStreamObserver<R> call) {
            call.setOnCancelHandler(() -> future.cancel(false));
        }
        var _ =
                future.whenComplete((response, problem) -> {
                    try {
                        if (problem != null) {
                            fail(observer, problem);
                        } else {
                            answer(observer, response);
                        }
                    } catch (RuntimeException e) {
                        log.error("a call could not be answered", e);
                    }
                });
    }

    /// Ends a call, unary or stream, with the status of `problem`.
    public static void fail(StreamObserver<?> observer, Throwable problem) {
        if (gone(observer)) {
            return;
        }
        var status = Statuses.of(problem);
        if (FailureLog.isOurs(status.getStatus().getCode()) && TRACES.admit() >= 0) {
            log.error("a call failed", problem);
        }
        observer.onError(status);
    }

    private static <R> void answer(StreamObserver<R> observer, R response) {
        if (!gone(observer)) {
            observer.onNext(response);
            observer.onCompleted();
        }
    }

    private static boolean gone(StreamObserver<?> observer) {
        return observer instanceof ServerCallStreamObserver<?> call && call.isCancelled();
    }
}
