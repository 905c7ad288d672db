package dev.lea.bench;

import dev.lea.proto.agent.v1.AgentServiceGrpc;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// The load generator: calls of Recommend that cost the generator as little as may be, by the bare stub, without
/// retries.
///
/// Open load is free of coordinated omission: the time at which each call is due is drawn before anything is known of
/// the others, it is made then, whatever became of those before, and its latency counts from when it was due even where
/// the generator itself was late.
final class RecommendLoad implements AutoCloseable {
    private static final int REQUESTS = 1_000;
    private static final int HISTORY = 10;
    private static final int K = 10;

    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<RecommendRequest> requests = new ArrayList<>();
    private final AtomicLong turn = new AtomicLong();

    /// What came of some load.
    ///
    /// @param seconds   that it took
    /// @param answered  latencies of good answers
    /// @param refused   latencies of refusals, RESOURCE_EXHAUSTED
    /// @param failed    calls by status, other than these
    /// @param cpuNanos  processor time of the generator
    record Outcome(
            double seconds,
            Latencies answered,
            Latencies refused,
            Map<Status.Code, Long> failed,
            long cpuNanos) {
        double answersPerSecond() {
            return answered.count() / seconds;
        }

        long calls() {
            return answered.count()
                    + refused.count()
                    + failed.values().stream().mapToLong(Long::longValue).sum();
        }

        /// Of one core.
        double generatorShare() {
            return cpuNanos / 1e9 / seconds;
        }
    }

    /// @param items       of the catalogue that histories are drawn from
    /// @param connections to the server
    RecommendLoad(int port, int items, int connections) {
        for (int i = 0; i < connections; i++) {
            channels.add(
                    NettyChannelBuilder.forAddress("127.0.0.1", port)
                            .usePlaintext()
                            .disableRetry()
                            .directExecutor()
                            .build());
        }
        var random = new SplittableRandom(7);
        for (int i = 0; i < REQUESTS; i++) {
            var request = RecommendRequest.newBuilder().setK(K);
            for (int j = 0; j < HISTORY; j++) {
                request.addHistoryItemIds(SyntheticPolicy.id(random.nextInt(items)));
            }
            requests.add(request.build());
        }
    }

    /// One of the requests, as it is sent.
    RecommendRequest example() {
        return requests.getFirst();
    }

    /// Each caller asks again when it has its answer.
    Outcome closed(int callers, Duration length) throws InterruptedException {
        var recorder = new Recorder();
        long begin = System.nanoTime();
        long end = begin + length.toNanos();
        var running = new Phaser(1);
        for (int i = 0; i < callers; i++) {
            running.register();
            again(recorder, end, running);
        }
        running.awaitAdvanceInterruptibly(running.arrive());
        return recorder.outcome(begin);
    }

    private void again(Recorder recorder, long end, Phaser running) {
        long start = System.nanoTime();
        if (start - end >= 0) {
            running.arriveAndDeregister();
            return;
        }
        call(
                CallOptions.DEFAULT,
                code -> {
                    recorder.add(code, System.nanoTime() - start);
                    again(recorder, end, running);
                });
    }

    /// Calls that come by themselves, at random times.
    ///
    /// @param rate     calls a second
    /// @param deadline of each
    Outcome open(double rate, Duration length, Duration deadline) throws InterruptedException {
        var recorder = new Recorder();
        var random = new SplittableRandom(11);
        var options = CallOptions.DEFAULT;
        long begin = System.nanoTime();
        long end = begin + length.toNanos();
        var running = new Phaser(1);
        double due = begin;
        while (due < end) {
            due += -Math.log(1 - random.nextDouble()) / rate * 1e9;
            long at = (long) due;
            for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            running.register();
            call(
                    options.withDeadlineAfter(
                            Math.max(1, at + deadline.toNanos() - System.nanoTime()),
                            TimeUnit.NANOSECONDS),
                    code -> {
                        recorder.add(code, System.nanoTime() - at);
                        running.arriveAndDeregister();
                    });
        }
        running.awaitAdvanceInterruptibly(running.arrive());
        return recorder.outcome(begin);
    }

    private void call(CallOptions options, Consumer<Status.Code> ended) {
        long number = turn.getAndIncrement();
        ManagedChannel channel = channels.get((int) (number % channels.size()));
        ClientCalls.asyncUnaryCall(
                channel.newCall(AgentServiceGrpc.getRecommendMethod(), options),
                requests.get((int) (number % REQUESTS)),
                new StreamObserver<RecommendResponse>() {
                    @Override
                    public void onNext(RecommendResponse response) {
                        // what it says is checked elsewhere
                    }

                    @Override
                    public void onError(Throwable problem) {
                        ended.accept(Status.fromThrowable(problem).getCode());
                    }

                    @Override
                    public void onCompleted() {
                        ended.accept(Status.Code.OK);
                    }
                });
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
    }

    private static final class Recorder {
        private final Latencies answered = new Latencies();
        private final Latencies refused = new Latencies();
        private final Map<Status.Code, AtomicLong> failed = new ConcurrentHashMap<>();
        private final long cpu = cpuNanos();

        void add(Status.Code code, long nanos) {
            switch (code) {
                case OK -> answered.add(nanos);
                case RESOURCE_EXHAUSTED -> refused.add(nanos);
                default -> failed.computeIfAbsent(code, _ -> new AtomicLong()).incrementAndGet();
            }
        }

        Outcome outcome(long begin) {
            Map<Status.Code, Long> others = new EnumMap<>(Status.Code.class);
            failed.forEach((code, count) -> others.put(code, count.get()));
            return new Outcome(
                    (System.nanoTime() - begin) / 1e9, answered, refused, others, cpuNanos() - cpu);
        }

        private static long cpuNanos() {
            return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
        }
    }
}
