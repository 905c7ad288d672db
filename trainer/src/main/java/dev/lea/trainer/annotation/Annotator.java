package dev.lea.trainer.annotation;

import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaException;
import dev.lea.proto.common.v1.Embeddings;
import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.AnnotatedActions;
import dev.lea.proto.environment.v1.Augmentation;
import dev.lea.proto.environment.v1.PositiveAction;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.RewardSource;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.trainer.net.Progress;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/// Asks env-server about sequences and keeps what it says.
///
/// Bulk goes over one stream with bounded work under way; what was answered is kept, so a broken stream costs
/// little and a second run asks for the rest alone. While env-server is away a circuit breaker keeps calls from
/// it, pauses grow with jitter, and the caller is told what is waited for; an outage never ends the work. A
/// version other than the one asked for does, and so does an answer that cannot be right. A reward that is a
/// stand-in is never kept: it is asked for again.
public final class Annotator {
    private static final int COMMIT_EVERY = 200;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
    private static final IntervalFunction PAUSE =
            IntervalFunction.ofExponentialRandomBackoff(
                    Duration.ofMillis(300), 1.7, 0.4, LONGEST_PAUSE);

    private final EnvironmentClient client;
    private final AnnotationStore store;
    private final ItemIndex items;
    private final String digest;
    private final AnnotatorSettings settings;
    private final CircuitBreaker breaker =
            CircuitBreaker.of(
                    "env-server",
                    CircuitBreakerConfig.custom()
                            .slidingWindowSize(4)
                            .minimumNumberOfCalls(2)
                            .waitDurationInOpenState(Duration.ofSeconds(2))
                            .ignoreException(
                                    e -> e instanceof CancellationException || e instanceof Failure)
                            .build());
    private final Bulkhead bulkhead =
            Bulkhead.of("env-server", BulkheadConfig.custom().maxConcurrentCalls(1).build());

    /// @param digest of the only version whose answers are kept
    public Annotator(
            EnvironmentClient client,
            AnnotationStore store,
            ItemIndex items,
            String digest,
            AnnotatorSettings settings) {
        this.client = client;
        this.store = store;
        this.items = items;
        this.digest = digest;
        this.settings = settings;
    }

    /// Asks about every sequence that the store does not hold.
    ///
    /// @param sequences dense item indices, oldest first
    /// @param waiting   told the reason while env-server is away, and "" when it is back
    /// @throws Failure.Conflict if another version answers
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
            try {
                Runnable asking = () -> ask(missing, done, sequences.size(), progress, waiting);
                Bulkhead.decorateRunnable(
                                bulkhead, CircuitBreaker.decorateRunnable(breaker, asking))
                        .run();
            } catch (LeaException e) {
                if (!e.isTransient()) {
                    throw e;
                }
                waiting.accept("waits for env-server: " + e.getMessage());
            } catch (CallNotPermittedException e) {
                waiting.accept("waits for env-server, which failed repeatedly");
            } finally {
                store.commit();
            }
            attempt = store.size() > before ? 1 : attempt;
            if (sequences.stream().anyMatch(s -> !store.holds(s))) {
                pause(Math.min(attempt, 12), done, sequences.size(), progress);
            }
        }
    }

    private void ask(
            List<int[]> missing,
            long done,
            long total,
            Progress progress,
            Consumer<String> waiting) {
        Iterator<AnnotateRequest> requests =
                java.util.stream.IntStream.range(0, missing.size())
                        .mapToObj(i -> request(i, missing.get(i)))
                        .iterator();
        int[] kept = {0};
        client.annotate(
                requests,
                settings.inFlight(),
                answer -> {
                    int number = Integer.parseInt(answer.getSequenceId());
                    if (keep(missing.get(number), answer)) {
                        kept[0]++;
                    }
                    waiting.accept("");
                    progress.at(done + kept[0], total, "");
                    if (kept[0] % COMMIT_EVERY == 0) {
                        store.commit();
                    }
                });
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
        boolean standIn =
                answer.getRewardsList().stream().anyMatch(Annotator::isStandIn)
                        || answer.getPositiveActionsList().stream()
                                .flatMap(a -> a.getActionsList().stream())
                                .anyMatch(a -> isStandIn(a.getReward()));
        if (standIn) {
            return false;
        }
        store.put(sequence, annotated(sequence, answer));
        return true;
    }

    private static boolean isStandIn(Reward reward) {
        return reward.getSource() == RewardSource.REWARD_SOURCE_FALLBACK;
    }

    private AnnotatedSequence annotated(int[] sequence, AnnotateResponse answer) {
        int length = sequence.length;
        expect("states", answer.getStates().getCount(), length + 1);
        expect("rewards", answer.getRewardsCount(), length);
        expect("positive_actions", answer.getPositiveActionsCount(), length);
        float[] rewards = new float[length];
        int[][] positives = new int[length][];
        float[][] positiveRewards = new float[length][];
        float[][] positiveStates = new float[length][];
        for (int t = 0; t < length; t++) {
            rewards[t] = checked(answer.getRewards(t).getReward());
            AnnotatedActions actions = answer.getPositiveActions(t);
            List<Integer> chosen = new ArrayList<>();
            positiveRewards[t] = new float[actions.getActionsCount()];
            for (PositiveAction action : actions.getActionsList()) {
                positiveRewards[t][chosen.size()] = checked(action.getReward().getReward());
                chosen.add(known(action.getReward().getItemId()));
            }
            positives[t] = chosen.stream().mapToInt(Integer::intValue).toArray();
            positiveStates[t] = floats(actions.getNextStates());
            expect("next_states", actions.getNextStates().getCount(), chosen.size());
        }
        return new AnnotatedSequence(
                answer.getStates().getDimension(),
                floats(answer.getStates()),
                rewards,
                positives,
                positiveRewards,
                positiveStates);
    }

    private int known(String itemId) {
        int index = items.indexOf(itemId);
        if (index == ItemIndex.UNKNOWN) {
            throw wrong("positive action '" + itemId + "' is not in the catalogue");
        }
        return index;
    }

    private static float checked(float reward) {
        if (!(reward >= 0 && reward <= 1)) {
            throw wrong("a reward is " + reward + ", not in [0, 1]");
        }
        return reward;
    }

    private static void expect(String what, int got, int expected) {
        if (got != expected) {
            throw wrong("got " + got + " " + what + ", expected " + expected);
        }
    }

    private static Failure wrong(String what) {
        return new Failure.Corrupt(
                "ANNOTATION_WRONG", "env-server's answer cannot be right: " + what);
    }

    private static float[] floats(Embeddings embeddings) {
        float[] floats = new float[embeddings.getCount() * embeddings.getDimension()];
        if (embeddings.getValuesCount() > 0) {
            for (int i = 0; i < floats.length; i++) {
                floats[i] = embeddings.getValues(i);
            }
        } else {
            var packed =
                    embeddings
                            .getPacked()
                            .asReadOnlyByteBuffer()
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asFloatBuffer();
            expect("packed floats", packed.remaining(), floats.length);
            packed.get(floats);
        }
        return floats;
    }

    /// Waits in short steps, so that a cancelled run need not wait.
    private static void pause(int attempt, long done, long total, Progress progress)
            throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMillis(PAUSE.apply(attempt)).toNanos();
        while (System.nanoTime() < end) {
            progress.at(done, total, "");
            Thread.sleep(Math.clamp((end - System.nanoTime()) / 1_000_000, 1, 200));
        }
    }
}
