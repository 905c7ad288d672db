package dev.lea.trainer.annotation;

import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaException;
import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.Augmentation;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.trainer.net.Progress;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Asks env-server about sequences and keeps what it says.
///
/// Bulk goes over one stream with bounded work under way; what was answered is kept, so a broken stream costs
/// little and a second run asks for the rest alone. While env-server is away a circuit breaker keeps calls from
/// it, pauses grow with jitter, and the caller is told what is waited for; an outage never ends the work. A
/// version other than the one asked for does, and so does an answer that cannot be right. A reward that is a
/// stand-in is never kept: it is asked for again.
public final class Annotator {
    private static final int COMMIT_EVERY = 200;
    private static final int MOST_GROWTH = 12;

    /// How long to stay away from a server that failed.
    ///
    /// @param first   pause after a failure, about; later ones grow
    /// @param longest pause
    /// @param open    time without any call after repeated failures
    record Patience(Duration first, Duration longest, Duration open) {
        static final Patience DEFAULT =
                new Patience(Duration.ofMillis(300), Duration.ofSeconds(15), Duration.ofSeconds(2));

        private IntervalFunction pauses() {
            return IntervalFunction.ofExponentialRandomBackoff(first, 1.7, 0.4, longest);
        }
    }

    private final EnvironmentClient client;
    private final AnnotationStore store;
    private final ItemIndex items;
    private final AnswerReader reader;
    private final String digest;
    private final AnnotatorSettings settings;
    private final IntervalFunction pauses;
    private final CircuitBreaker breaker;
    private final Bulkhead bulkhead =
            Bulkhead.of("env-server", BulkheadConfig.custom().maxConcurrentCalls(1).build());

    /// @param digest of the only version whose answers are kept
    public Annotator(
            EnvironmentClient client,
            AnnotationStore store,
            ItemIndex items,
            String digest,
            AnnotatorSettings settings) {
        this(client, store, items, digest, settings, Patience.DEFAULT);
    }

    Annotator(
            EnvironmentClient client,
            AnnotationStore store,
            ItemIndex items,
            String digest,
            AnnotatorSettings settings,
            Patience patience) {
        this.client = client;
        this.store = store;
        this.items = items;
        this.reader = new AnswerReader(items);
        this.digest = digest;
        this.settings = settings;
        this.pauses = patience.pauses();
        this.breaker =
                CircuitBreaker.of(
                        "env-server",
                        CircuitBreakerConfig.custom()
                                .slidingWindowSize(4)
                                .minimumNumberOfCalls(2)
                                .waitDurationInOpenState(patience.open())
                                .ignoreException(e ->
                                        e instanceof CancellationException || e instanceof Failure)
                                .build());
    }

    /// Asks about every sequence that the store does not hold.
    ///
    /// @param sequences dense item indices, oldest first
    /// @param waiting   told the reason while env-server is away, and "" when it is back
    /// @throws Failure.Conflict if another version answers
    /// @throws LeaException     if env-server refuses
    public void run(List<int[]> sequences, Progress progress, Consumer<String> waiting)
            throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            List<int[]> missing = sequences.stream().filter(s -> !store.holds(s)).toList();
            long done = (long) sequences.size() - missing.size();
            progress.at(done, sequences.size(), "");
            if (missing.isEmpty()) {
                waiting.accept("");
                return;
            }
            int before = store.size();
            Optional<String> trouble = attempt(missing, done, sequences.size(), progress, waiting);
            if (trouble.isPresent()) {
                waiting.accept("waits for env-server: " + trouble.get());
                attempt = store.size() > before ? 1 : attempt;
                pause(
                        Math.min(attempt, MOST_GROWTH),
                        done + store.size() - before,
                        sequences.size(),
                        progress);
            }
        }
    }

    /// Asks once for what is missing.
    ///
    /// @return why it is worth asking again, or empty if everything was answered
    private Optional<String> attempt(
            List<int[]> missing,
            long done,
            long total,
            Progress progress,
            Consumer<String> waiting) {
        try {
            Supplier<Integer> asking = () -> ask(missing, done, total, progress, waiting);
            int standIns =
                    Bulkhead.decorateSupplier(
                                    bulkhead, CircuitBreaker.decorateSupplier(breaker, asking))
                            .get();
            return standIns == 0
                    ? Optional.empty()
                    : Optional.of(standIns + " sequences were answered with stand-ins for rewards");
        } catch (LeaException e) {
            if (!e.isOutage()) {
                throw e;
            }
            return Optional.of(e.getMessage());
        } catch (CallNotPermittedException e) {
            return Optional.of("it failed repeatedly and is left alone for a moment");
        } finally {
            store.commit();
        }
    }

    /// @return sequences whose answers held stand-ins
    private int ask(
            List<int[]> missing,
            long done,
            long total,
            Progress progress,
            Consumer<String> waiting) {
        Iterator<AnnotateRequest> requests =
                IntStream.range(0, missing.size())
                        .mapToObj(i -> request(i, missing.get(i)))
                        .iterator();
        int[] kept = {0};
        int[] standIns = {0};
        client.annotate(
                requests,
                settings.inFlight(),
                answer -> {
                    int number = number(answer, missing.size());
                    if (!keep(missing.get(number), answer)) {
                        standIns[0]++;
                        return;
                    }
                    waiting.accept("");
                    progress.at(done + ++kept[0], total, "");
                    if (kept[0] % COMMIT_EVERY == 0) {
                        store.commit();
                    }
                });
        return standIns[0];
    }

    private static int number(AnnotateResponse answer, int asked) {
        String id = answer.getSequenceId();
        if (!id.matches("[0-9]{1,9}") || Integer.parseInt(id) >= asked) {
            throw AnswerReader.wrong("it is about sequence '" + id + "', which was not asked for");
        }
        return Integer.parseInt(id);
    }

    private AnnotateRequest request(int number, int[] sequence) {
        return AnnotateRequest.newBuilder()
                .setSequenceId(Integer.toString(number))
                .addAllItemIds(Arrays.stream(sequence).mapToObj(items::id).toList())
                .setAugmentation(
                        Augmentation.newBuilder()
                                .setActions(settings.actions())
                                .setCandidates(settings.candidates()))
                .build();
    }

    /// False for an answer that holds a stand-in.
    private boolean keep(int[] sequence, AnnotateResponse answer) {
        if (!answer.getModel().getDigest().equals(digest)) {
            throw new Failure.Conflict(
                    "ENVIRONMENT_CHANGED",
                    "env-server answered with version "
                            + answer.getModel().getVersion()
                            + " ("
                            + answer.getModel().getDigest()
                            + ") but the run's is "
                            + digest,
                    Map.of("digest", answer.getModel().getDigest(), "expected_digest", digest));
        }
        Optional<AnnotatedSequence> annotated = reader.read(sequence.length, answer);
        annotated.ifPresent(known -> store.put(sequence, known));
        return annotated.isPresent();
    }

    /// Waits in short steps, so that a cancelled run need not wait.
    private void pause(int attempt, long done, long total, Progress progress)
            throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMillis(pauses.apply(attempt)).toNanos();
        while (System.nanoTime() < end) {
            progress.at(done, total, "");
            Thread.sleep(Math.clamp((end - System.nanoTime()) / 1_000_000, 1, 200));
        }
    }
}
