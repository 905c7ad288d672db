package dev.lea.serving.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PackedSequenceTest {
    private static final PromptLayout LAYOUT =
            new PromptLayout(100, List.of(7, 8, 9), List.of(5), 6);

    @Test
    void of_aHistory_isPromptThenItems() {
        var sequence = PackedSequence.of(LAYOUT, 4, 2);
        assertThat(sequence.length()).isEqualTo(5);
        long[] tokens = {7, 8, 9, 104, 102};
        for (int slot = 0; slot < tokens.length; slot++) {
            assertThat(sequence.token(slot)).isEqualTo(tokens[slot]);
            assertThat(sequence.position(slot)).isEqualTo(slot);
            assertThat(sequence.block(slot)).isZero();
        }
        assertThat(sequence.stateSlot(0)).isEqualTo(2);
        assertThat(sequence.stateSlot(2)).isEqualTo(4);
    }

    @Test
    void candidate_seesItsPrefixAndItself_andNothingElse() {
        var sequence = PackedSequence.of(LAYOUT, 4, 2, 1);
        int first = sequence.candidate(1, 50);
        int second = sequence.candidate(1, 51);
        int next = sequence.continuation(2, 60);
        assertThat(sequence.position(first)).isEqualTo(5); // 3 prompt, 1 item, action prompt at 4
        assertThat(visible(sequence, first)).containsExactly(0, 1, 2, 3, first - 1, first);
        assertThat(visible(sequence, second)).containsExactly(0, 1, 2, 3, second - 1, second);
        assertThat(visible(sequence, next)).containsExactly(0, 1, 2, 3, 4, next);
        assertThat(visible(sequence, sequence.stateSlot(3))).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void continuation_standsWhereTheNextItemWould() {
        var shorter = PackedSequence.of(LAYOUT, 4, 2);
        int slot = shorter.continuation(2, 1);
        var longer = PackedSequence.of(LAYOUT, 4, 2, 1);
        assertThat(shorter.position(slot)).isEqualTo(longer.position(longer.stateSlot(3)));
        assertThat(shorter.token(slot)).isEqualTo(longer.token(longer.stateSlot(3)));
    }

    /// What a slot sees, in the order of positions, must be the sequence of its prefix and its block alone.
    @RepeatedTest(20)
    void sees_fromAnySlot_isTheSequenceThatNobodyPacked(RepetitionInfo repetition) {
        var random = new SplittableRandom(repetition.getCurrentRepetition());
        int[] history = random.ints(random.nextInt(7), 0, 20).toArray();
        var sequence = PackedSequence.of(LAYOUT, history);
        Map<Integer, List<Long>> alone = new HashMap<>();
        for (int prefix = 0; prefix <= history.length; prefix++) {
            alone.put(sequence.stateSlot(prefix), prefixTokens(history, prefix));
        }
        for (int i = 0; i < 12; i++) {
            int prefix = random.nextInt(history.length + 1);
            int item = random.nextInt(20);
            List<Long> tokens = prefixTokens(history, prefix);
            boolean candidate = random.nextBoolean();
            if (candidate) {
                LAYOUT.actionPrompt().forEach(token -> tokens.add((long) token));
            }
            tokens.add(100L + item);
            alone.put(
                    candidate
                            ? sequence.candidate(prefix, item)
                            : sequence.continuation(prefix, item),
                    tokens);
        }
        alone.forEach((slot, tokens) -> {
            List<Integer> seen = visible(sequence, slot);
            assertThat(seen.stream().map(sequence::token))
                    .as("seed %d, slot %d", repetition.getCurrentRepetition(), slot)
                    .containsExactlyElementsOf(tokens);
            for (int i = 0; i < seen.size(); i++) {
                assertThat(sequence.position(seen.get(i))).isEqualTo(i);
            }
        });
    }

    @Test
    void batch_padsAreSeenByNothingReal() {
        var batch =
                PackedBatch.of(List.of(PackedSequence.of(LAYOUT), PackedSequence.of(LAYOUT, 1, 2)));
        assertThat(batch.length()).isEqualTo(5);
        assertThat(batch.block()).containsExactly(0, 0, 0, -1, -1, 0, 0, 0, 0, 0);
        assertThat(batch.limit()[3]).isEqualTo(-1);
    }

    @Test
    void of_moreItemsThanTheContext_isRefused() {
        assertThatThrownBy(() -> PackedSequence.of(LAYOUT, 1, 2, 3, 4, 5, 6, 7))
                .hasMessage("history length must be in [0, 6] but is 7");
    }

    @Test
    void start_keepsTheNewestAndDependsOnTheLengthAlone() {
        long seed = 11;
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 2_000; i++) {
            int context = 1 + random.nextInt(40);
            int length = random.nextInt(300);
            var window = new HistoryWindow(context);
            int seen = length - window.start(length);
            assertThat(seen)
                    .as("seed %d, C %d, t %d", seed, context, length)
                    .isBetween(Math.min(length, (context + 1) / 2), context);
            int covered = 0;
            for (var segment : window.segments(length)) {
                assertThat(segment.first()).isEqualTo(covered);
                for (int t = segment.first(); t <= segment.last(); t++) {
                    assertThat(window.start(t)).isEqualTo(segment.start());
                }
                covered = segment.last() + 1;
            }
            assertThat(covered).isEqualTo(length + 1);
        }
    }

    private static List<Long> prefixTokens(int[] history, int prefix) {
        List<Long> tokens = new ArrayList<>();
        LAYOUT.prompt().forEach(token -> tokens.add((long) token));
        IntStream.range(0, prefix).forEach(i -> tokens.add(100L + history[i]));
        return tokens;
    }

    private static List<Integer> visible(PackedSequence sequence, int slot) {
        return IntStream.range(0, sequence.length())
                .filter(j -> sequence.sees(slot, j))
                .boxed()
                .toList();
    }
}
