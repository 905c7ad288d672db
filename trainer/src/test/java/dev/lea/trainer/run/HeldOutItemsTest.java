package dev.lea.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.Ranking;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutItemsTest {
    private static final HeldOutItems LAST = new HeldOutItems(new boolean[] {true, true, false});

    @Test
    void draw_aShare_isAboutThatManyAndTheSameForASeed() {
        boolean[] known = HeldOutItems.draw(10_000, 0.1, 3).known();
        long held = IntStream.range(0, known.length).filter(i -> !known[i]).count();
        assertThat(held).isBetween(900L, 1_100L);
        assertThat(HeldOutItems.draw(10_000, 0.1, 3).known()).isEqualTo(known);
        assertThat(HeldOutItems.draw(10, 0, 3).isEmpty()).isTrue();
        assertThat(LAST.isEmpty()).isFalse();
    }

    @Test
    void takenFrom_sequences_leavesOtherEventsWithTheirTypes() {
        var mixed = new Sequence("a", new int[] {2, 0, 2, 1}, new byte[] {1, 0, 0, 1});
        var none = new Sequence("b", new int[] {2, 2}, null);
        List<Sequence> left = LAST.takenFrom(List.of(mixed, none));
        assertThat(left).hasSize(1);
        assertThat(left.getFirst().userId()).isEqualTo("a");
        assertThat(left.getFirst().items()).containsExactly(0, 1);
        assertThat(left.getFirst().event(0)).isEqualTo(Sequence.CLICK);
        assertThat(left.getFirst().event(1)).isEqualTo(Sequence.PURCHASE);
    }

    @Test
    void figures_ofARanking_tellNewItemsFromSeenOnes() {
        var events = Transitions.of(List.of(new Sequence("a", new int[] {0, 2, 2, 1}, null)));
        var ranking = new Ranking(events, new int[] {1, 3, 11, 2}, new int[3], List.of());
        var figures = LAST.figures("test", ranking);
        assertThat(figures)
                .containsEntry("test.new.events", 2.0)
                .containsEntry("test.seen.hr@10", 1.0);
        assertThat(figures.get("test.new.hr@10")).isEqualTo(0.5);
        assertThat(figures.get("test.new.ndcg@10")).isCloseTo(0.25, within(1e-9));
        assertThat(figures.get("test.random.hr@10")).isEqualTo(1);
    }
}
