package dev.lea.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.Failure;
import dev.lea.serving.swap.ShadowStatistics.Answer;
import dev.lea.serving.swap.ShadowStatistics.Comparison;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ShadowTest {
    private static final Version LIVE = new Version("policy", 1, "a".repeat(64));
    private static final Version SHADOW = new Version("policy", 2, "b".repeat(64));

    private static final class FakeModel implements AutoCloseable, Busy {
        final AtomicBoolean busy = new AtomicBoolean();
        final AtomicInteger closes = new AtomicInteger();

        @Override
        public boolean busy() {
            return busy.get();
        }

        @Override
        public void close() {
            closes.incrementAndGet();
        }
    }

    private final FakeModel live = new FakeModel();
    private final FakeModel model = new FakeModel();
    private final Slot<FakeModel> slot = new Slot<>("policy");
    private final Shadow<FakeModel> shadow = new Shadow<>("policy", slot);

    @BeforeEach
    void load() {
        slot.swap(live, LIVE);
        slot.change(table -> table.withShadow(new Loaded<>(model, SHADOW)), () -> {});
    }

    @AfterEach
    void close() {
        shadow.close();
        slot.close();
        assertThat(model.closes).hasValue(1);
    }

    @Test
    void ask_comparesItemsAndScores() {
        ask(answer(List.of("a", "b", "c"), 3, 2, 1), answer(List.of("a", "b", "c"), 3, 2, 1));
        ask(answer(List.of("a", "b"), 3, 2), answer(List.of("b", "z"), 2.5f, 1));
        ask(answer(List.of()), answer(List.of()));
        var found = await(3);
        assertThat(found.answered()).isEqualTo(LIVE);
        assertThat(found.shadow()).isEqualTo(SHADOW);
        assertThat(found.identical()).isEqualTo(2);
        assertThat(found.sameFirst()).isEqualTo(2);
        assertThat(found.meanOverlap()).isCloseTo((1 + 0.5 + 1) / 3, within(1e-9));
        assertThat(found.meanScoreDifference()).isCloseTo(0.5 / 4, within(1e-9));
        assertThat(found.maxScoreDifference()).isCloseTo(0.5, within(1e-9));
        assertThat(found.failed() + found.skipped()).isZero();
    }

    @Test
    void ask_shadowFails_isCountedAndNothingElse() {
        ask(
                answer(List.of("a"), 1),
                () -> {
                    throw new Failure.Invalid("k", "OUT_OF_RANGE", "k is 7", Map.of());
                });
        ask(
                answer(List.of("a"), 1),
                () -> {
                    throw new IllegalStateException("secret");
                });
        ask(answer(List.of("a"), 1), answer(List.of("a"), 1));
        var found = await(1);
        assertThat(found.failed()).isEqualTo(2);
        assertThat(found.lastFailure()).isEqualTo("IllegalStateException");
    }

    @Test
    void ask_noShadow_asksNobody() {
        slot.change(table -> table.withShadow(null), () -> {});
        shadow.ask(
                LIVE,
                () -> {
                    throw new AssertionError("asked");
                },
                (_, _) -> {
                    throw new AssertionError("asked");
                });
        assertThat(shadow.comparisons()).isEmpty();
    }

    @Test
    void ask_callsWaitForTheLiveOne_isSkipped() {
        live.busy.set(true);
        ask(answer(List.of("a"), 1), answer(List.of("a"), 1));
        while (shadow.comparisons().isEmpty()) {
            Thread.onSpinWait();
        }
        live.busy.set(false);
        ask(answer(List.of("a"), 1), answer(List.of("a"), 1));
        assertThat(await(1).skipped()).isEqualTo(1);
    }

    @Test
    void ask_moreThanMayWait_returnsAtOnceAndSkips() throws Exception {
        var gate = new CountDownLatch(1);
        var inside = new CountDownLatch(1);
        ask(
                answer(List.of("a"), 1),
                () -> {
                    inside.countDown();
                    gate.await();
                    return answer(List.of("a"), 1);
                });
        inside.await();
        for (int i = 0; i < Shadow.WAITING + 10; i++) {
            ask(answer(List.of("a"), 1), answer(List.of("a"), 1));
        }
        gate.countDown();
        assertThat(await(Shadow.WAITING + 1).skipped()).isEqualTo(10);
    }

    @Test
    void close_whileItAnswers_waitsForIt() throws Exception {
        var inside = new CountDownLatch(1);
        var left = new CountDownLatch(1);
        ask(
                answer(List.of("a"), 1),
                () -> {
                    inside.countDown();
                    try {
                        new CountDownLatch(1).await(); // until it is interrupted
                    } finally {
                        assertThat(model.closes).hasValue(0);
                        left.countDown();
                    }
                    return answer(List.of());
                });
        inside.await();
        shadow.close();
        assertThat(left.getCount()).isZero();
    }

    @Test
    void comparisons_ofManyVersions_keepTheLatest() {
        var statistics = new ShadowStatistics();
        for (int i = 1; i <= ShadowStatistics.PAIRS + 3; i++) {
            statistics.skipped(new Version("policy", i, "c".repeat(64)), SHADOW);
        }
        assertThat(statistics.comparisons()).hasSize(ShadowStatistics.PAIRS);
        assertThat(statistics.comparisons().getFirst().answered().number())
                .isEqualTo(ShadowStatistics.PAIRS + 3);
    }

    private interface Asked {
        Answer answer() throws Exception;
    }

    private void ask(Answer given, Answer shadows) {
        ask(given, () -> shadows);
    }

    private void ask(Answer given, Asked asked) {
        shadow.ask(
                LIVE,
                () -> given,
                (_, _) -> {
                    Answer answer = asked.answer();
                    return new Answer(SHADOW, answer.items(), answer.scores());
                });
    }

    private static Answer answer(List<String> items, float... scores) {
        return new Answer(LIVE, items, scores);
    }

    private Comparison await(long compared) {
        while (true) {
            var found = shadow.comparisons();
            if (!found.isEmpty() && found.getFirst().compared() == compared) {
                return found.getFirst();
            }
            Thread.onSpinWait();
        }
    }
}
