package dev.lea.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TransitionsTest {
    private final Transitions transitions =
            Transitions.of(
                    List.of(
                            new Sequence("a", new int[] {4, 5, 6}, new byte[] {0, 1, 0}),
                            new Sequence("b", new int[] {7}, new byte[] {1})));

    @Test
    void of_everyEvent_countsTheFirstToo() {
        assertThat(transitions.size()).isEqualTo(4);
        assertThat(transitions.history(0)).isEmpty();
        assertThat(transitions.action(0)).isEqualTo(4);
        assertThat(transitions.history(2)).containsExactly(4, 5);
        assertThat(transitions.action(2)).isEqualTo(6);
        assertThat(transitions.reward(1)).isEqualTo(1f);
        assertThat(transitions.reward(2)).isEqualTo(0.2f);
        assertThat(transitions.sequence(3)).isEqualTo(1);
        assertThat(transitions.position(3)).isZero();
    }

    @Test
    void done_lastEventOfASequence_only() {
        assertThat(transitions.done(0)).isFalse();
        assertThat(transitions.done(1)).isFalse();
        assertThat(transitions.done(2)).isTrue();
        assertThat(transitions.done(3)).isTrue();
    }

    @Test
    void state_window_keepsTheNewestAndPadsOnTheRight() {
        int[] target = {-1, -1, -1, -1};

        assertThat(transitions.state(0, 2, 99, target, 1)).isZero();
        assertThat(target).containsExactly(-1, 99, 99, -1);
        assertThat(transitions.state(1, 2, 99, target, 1)).isEqualTo(1);
        assertThat(target).containsExactly(-1, 4, 99, -1);
        assertThat(transitions.nextState(2, 2, 99, target, 1)).isEqualTo(2);
        assertThat(target).containsExactly(-1, 5, 6, -1);
    }
}
