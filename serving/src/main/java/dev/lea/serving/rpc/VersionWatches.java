package dev.lea.serving.rpc;

import com.google.protobuf.util.Timestamps;
import dev.lea.proto.repository.v1.VersionEventKind;
import dev.lea.proto.repository.v1.WatchVersionsResponse;
import dev.lea.serving.Failure;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.VersionEvent;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/// The callers who are told what happens to the versions. Nobody waits for any of them: each has a bounded queue, and one
/// who lets it fill is sent away.
final class VersionWatches implements AutoCloseable {
    /// Events that wait for one caller.
    private static final int WAITING = 256;

    private final ModelHost<?> host;
    private final Clock clock;
    private final Set<Watch> watches = new HashSet<>(); // guarded by this
    private boolean closed; // guarded by this

    VersionWatches(ModelHost<?> host, Clock clock) {
        this.host = host;
        this.clock = clock;
    }

    void add(StreamObserver<WatchVersionsResponse> observer) {
        var watch = new Watch((ServerCallStreamObserver<WatchVersionsResponse>) observer);
        synchronized (this) {
            if (!closed) {
                watches.add(watch);
                watch.start();
                return;
            }
        }
        watch.end(stopping());
    }

    /// Sends every caller away, so that a server that is told to end need not wait for them.
    @Override
    public void close() {
        Set<Watch> open;
        synchronized (this) {
            closed = true;
            open = new HashSet<>(watches);
        }
        open.forEach(watch -> watch.end(stopping()));
    }

    private synchronized void remove(Watch watch) {
        watches.remove(watch);
    }

    private static Failure stopping() {
        return new Failure.Unavailable("SERVER_STOPPING", "the server is going away");
    }

    private final class Watch {
        private final ServerCallStreamObserver<WatchVersionsResponse> observer;
        private final Queue<WatchVersionsResponse> queue = new ArrayDeque<>(); // guarded by this
        private Runnable unlisten = () -> {}; // guarded by this
        private boolean ended; // guarded by this

        Watch(ServerCallStreamObserver<WatchVersionsResponse> observer) {
            this.observer = observer;
        }

        synchronized void start() {
            observer.setOnReadyHandler(this::send);
            observer.setOnCancelHandler(this::gone);
            unlisten = host.events().listen(this::take); // what comes now follows the snapshot
            queue.add(
                    WatchVersionsResponse.newBuilder()
                            .setKind(VersionEventKind.VERSION_EVENT_KIND_SNAPSHOT)
                            .setTime(Timestamps.fromMillis(clock.millis()))
                            .setAliases(Messages.aliases(host.store().aliases()))
                            .build());
            send();
        }

        private synchronized void take(VersionEvent event) {
            if (queue.size() == WAITING) {
                end(new Failure.Overloaded(WAITING + " events were not read"));
                return;
            }
            queue.add(Messages.event(event, clock.instant()));
            send();
        }

        private synchronized void send() {
            while (!ended && observer.isReady() && !queue.isEmpty()) {
                observer.onNext(queue.remove());
            }
        }

        private synchronized void end(Failure failure) {
            if (!ended) {
                gone();
                Unary.fail(observer, failure);
            }
        }

        private synchronized void gone() {
            ended = true;
            queue.clear();
            unlisten.run();
            remove(this);
        }
    }
}
