package dev.lea.bench;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lea.client.RepositoryClient;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Sends a server what nobody should send: every method, messages that are sound, nearly sound, another's, or noise.
///
/// A server must answer all of it: what parses with anything but INTERNAL and UNKNOWN, what does not with
/// INVALID_ARGUMENT, each within a second; and afterwards it must be alive, with no more on its heap than before.
///
/// `./lea fuzz [--seed N] [--messages N]`
final class Fuzz {
    private static final int AT_A_TIME = 16;
    private static final int BETWEEN_LOOKS = 2_000;
    private static final long PATIENCE_MILLIS = 1_000;
    private static final long WATCHED_MILLIS = 100;
    private static final int SHOWN_BYTES = 400;

    /// What came of it.
    ///
    /// @param answers by status
    /// @param problems in words, each with what is needed to send the message again
    record Result(
            String server,
            long messages,
            double seconds,
            Map<Status.Code, Long> answers,
            List<String> problems,
            long heapBefore,
            long heapAfter) {}

    /// @param method  that was called
    /// @param messages that were sent
    /// @param parses  whether all of them are messages of the method's type
    private record Call(MethodDescriptor method, List<byte[]> messages, boolean parses) {
        /// Whether its answers may come for as long as the caller likes.
        boolean mayLast() {
            return method.isServerStreaming() && parses;
        }

        String shown() {
            var text = new StringBuilder(method.getFullName());
            for (byte[] message : messages) {
                String hex = HexFormat.of().formatHex(message);
                text.append(' ')
                        .append(
                                hex.length() <= SHOWN_BYTES
                                        ? hex
                                        : hex.substring(0, SHOWN_BYTES)
                                                + "... ("
                                                + message.length
                                                + " bytes)");
            }
            return text.toString();
        }
    }

    private final ManagedChannel channel;
    private final Map<Status.Code, AtomicLong> answers = new ConcurrentHashMap<>();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final Queue<Call> slow = new ConcurrentLinkedQueue<>();

    private Fuzz(ManagedChannel channel) {
        this.channel = channel;
    }

    public static void main(String[] arguments) throws Exception {
        long seed = System.nanoTime();
        int messages = 100_000;
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--seed" -> seed = Long.parseLong(arguments[i + 1]);
                case "--messages" -> messages = Integer.parseInt(arguments[i + 1]);
                default -> throw new IllegalArgumentException("there is no option " + arguments[i]);
            }
        }
        Path folder = Files.createTempDirectory("lea-fuzz-");
        boolean sound = true;
        try {
            for (Result result : runAll(seed, messages, folder, System.out)) {
                sound &= result.problems().isEmpty();
                result.problems().forEach(System.out::println);
            }
        } finally {
            SwapSoak.delete(folder);
        }
        System.exit(sound ? 0 : 1);
    }

    /// Fuzzes the three servers one after the other.
    ///
    /// @param messages to all of them together
    static List<Result> runAll(long seed, int messages, Path folder, PrintStream out)
            throws Exception {
        out.println("seed " + seed);
        Path policy = new SyntheticPolicy(500, 10, 0).write(folder.resolve("policy"), 0, false);
        Path environment =
                SyntheticEnvironment.DEMO.write(folder.resolve("environment"), 1).folder();
        List<Result> results = new ArrayList<>();
        results.add(
                run("agent-server", dev.lea.agent.Main.class, policy, seed, messages / 2, folder));
        results.add(
                run(
                        "env-server",
                        dev.lea.environment.Main.class,
                        environment,
                        seed,
                        messages / 4,
                        folder,
                        "--cache=64KiB",
                        "--key-value-cache=64KiB"));
        results.add(
                run(
                        "trainer",
                        dev.lea.trainer.Main.class,
                        null,
                        seed,
                        messages - messages / 2 - messages / 4,
                        folder));
        for (Result result : results) {
            out.printf(
                    Locale.ROOT,
                    "%-12s %,d messages in %.0f s: %s; heap %d to %d MiB; %d problems%n",
                    result.server(),
                    result.messages(),
                    result.seconds(),
                    result.answers(),
                    result.heapBefore() >> 20,
                    result.heapAfter() >> 20,
                    result.problems().size());
        }
        return results;
    }

    private static Result run(
            String name,
            Class<?> main,
            Path bundle,
            long seed,
            int messages,
            Path folder,
            String... arguments)
            throws Exception {
        try (var server = ServerProcess.start(main, folder.resolve(name), "512m", arguments)) {
            ManagedChannel channel =
                    NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                            .usePlaintext()
                            .disableRetry()
                            .build();
            try {
                var fuzz = new Fuzz(channel);
                FuzzSchema schema = FuzzSchema.of(channel);
                var made = new FuzzMessages(seed, schema.types());
                long begin = System.nanoTime();
                fuzz.run(schema, made, messages / 10, server, bundle); // what is allocated once
                long before = server.liveHeapBytes();
                fuzz.run(schema, made, messages - messages / 10, server, bundle);
                fuzz.askTheSlowOnesAgain();
                long after = server.liveHeapBytes();
                Map<Status.Code, Long> answers = new TreeMap<>();
                fuzz.answers.forEach((code, count) -> answers.put(code, count.get()));
                return new Result(
                        name,
                        messages,
                        (System.nanoTime() - begin) / 1e9,
                        answers,
                        fuzz.problems.stream().map(problem -> name + ": " + problem).toList(),
                        before,
                        after);
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private void run(
            FuzzSchema schema, FuzzMessages made, int messages, ServerProcess server, Path bundle)
            throws InterruptedException {
        var room = new Semaphore(AT_A_TIME);
        for (int sent = 0; sent < messages; ) {
            if (sent % BETWEEN_LOOKS < 4 && bundle != null) {
                restore(server, bundle);
            }
            Call call = call(schema, made);
            sent += call.messages.size();
            room.acquire();
            send(
                    call,
                    call.mayLast() ? WATCHED_MILLIS : PATIENCE_MILLIS,
                    (status, late) -> {
                        note(call, status, late);
                        room.release();
                    });
        }
        room.acquire(AT_A_TIME);
    }

    /// Versions are deleted and replaced by what is sent: one must be live, or nothing is asked of the model.
    private static void restore(ServerProcess server, Path bundle) {
        var repository = new RepositoryClient(server.channel());
        if (repository.live().isEmpty()) {
            repository.activate(repository.upload(bundle).getModel().getVersion());
        }
    }

    private static Call call(FuzzSchema schema, FuzzMessages made) {
        MethodDescriptor method =
                schema.methods().get(made.random().nextInt(schema.methods().size()));
        int count = method.isClientStreaming() ? 1 + made.random().nextInt(3) : 1;
        List<byte[]> messages = new ArrayList<>();
        boolean parses = true;
        for (int i = 0; i < count; i++) {
            byte[] message = made.next(method.getInputType());
            messages.add(message);
            parses &= parses(method, message);
        }
        return new Call(method, messages, parses);
    }

    private static boolean parses(MethodDescriptor method, byte[] message) {
        try {
            var _ = DynamicMessage.parseFrom(method.getInputType(), message);
            return true;
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    private void note(Call call, Status status, boolean late) {
        Status.Code code = status.getCode();
        answers.computeIfAbsent(code, _ -> new AtomicLong()).incrementAndGet();
        if (late && !call.mayLast()) {
            slow.add(call);
        } else if (code == Status.Code.INTERNAL || code == Status.Code.UNKNOWN) {
            problems.add(status + " to " + call.shown());
        } else if (!call.parses
                && call.messages.size() == 1
                && !call.method.isClientStreaming()
                && code != Status.Code.INVALID_ARGUMENT) {
            problems.add("no message, yet " + status + " to " + call.shown());
        }
    }

    /// What took too long beside the others must not by itself.
    private void askTheSlowOnesAgain() throws InterruptedException {
        for (Call call : slow) {
            var done = new CountDownLatch(1);
            send(
                    call,
                    PATIENCE_MILLIS,
                    (status, late) -> {
                        if (late) {
                            problems.add("no answer within a second to " + call.shown());
                        }
                        done.countDown();
                    });
            done.await();
        }
    }

    @FunctionalInterface
    private interface Ended {
        void ended(Status status, boolean late);
    }

    private void send(Call call, long patienceMillis, Ended ended) {
        var deadline = CallOptions.DEFAULT.withDeadlineAfter(patienceMillis, TimeUnit.MILLISECONDS);
        var wire = channel.newCall(raw(call.method), deadline);
        wire.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] answer) {
                        wire.request(1);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.ended(status, status.getCode() == Status.Code.DEADLINE_EXCEEDED);
                    }
                },
                new Metadata());
        wire.request(1);
        call.messages.forEach(wire::sendMessage);
        wire.halfClose();
    }

    private static io.grpc.MethodDescriptor<byte[], byte[]> raw(MethodDescriptor method) {
        return io.grpc.MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(
                        method.isClientStreaming()
                                ? method.isServerStreaming()
                                        ? MethodType.BIDI_STREAMING
                                        : MethodType.CLIENT_STREAMING
                                : method.isServerStreaming()
                                        ? MethodType.SERVER_STREAMING
                                        : MethodType.UNARY)
                .setFullMethodName(method.getService().getFullName() + "/" + method.getName())
                .setRequestMarshaller(BYTES)
                .setResponseMarshaller(BYTES)
                .build();
    }

    private static final io.grpc.MethodDescriptor.Marshaller<byte[]> BYTES =
            new io.grpc.MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(byte[] message) {
                    return new ByteArrayInputStream(message);
                }

                @Override
                public byte[] parse(InputStream stream) {
                    try {
                        return stream.readAllBytes();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };
}
