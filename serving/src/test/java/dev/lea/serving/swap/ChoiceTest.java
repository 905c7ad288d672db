package dev.lea.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChoiceTest {
    private static final int USERS = 20_000;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.05, 0.5, 0.99, 1})
    void isOfShare_ofManyUsers_isTheShare(double share) {
        for (long salt : new long[] {0, 1, -1, 123456789}) {
            long chosen =
                    IntStream.range(0, USERS).filter(u -> user(u).isOfShare(share, salt)).count();
            assertThat((double) chosen / USERS).isCloseTo(share, within(0.015));
        }
        assertThat(user(1).isOfShare(0, 1)).isFalse();
        assertThat(user(1).isOfShare(1, 1)).isTrue();
    }

    @Test
    void isOfShare_whoIsOfASmallerOne_isOfALarger() {
        for (int u = 0; u < 1000; u++) {
            boolean before = false;
            for (double share = 0; share <= 1; share += 0.05) {
                boolean now = user(u).isOfShare(share, 7);
                assertThat(before && !now).isFalse();
                before = now;
            }
        }
    }

    @Test
    void isOfShare_anotherCanary_hasOtherUsers() {
        long both =
                IntStream.range(0, USERS)
                        .filter(u -> user(u).isOfShare(0.1, 1) && user(u).isOfShare(0.1, 2))
                        .count();
        assertThat((double) both / USERS).isCloseTo(0.01, within(0.005));
    }

    /// Replicas and later releases must agree.
    @Test
    void hash_isWhatItWas() {
        assertThat(Choice.hash(List.of())).isEqualTo(0xcbf29ce484222325L);
        assertThat(Choice.hash(List.of("user-1"))).isEqualTo(0x333992a54df02511L);
    }

    @Test
    void of_noUser_goesByTheHistory_andNothingIsTheLiveOnes() {
        assertThat(Choice.of(0, "", List.of("a", "b")))
                .isEqualTo(Choice.of(0, "", List.of("a", "b")))
                .isNotEqualTo(Choice.of(0, "", List.of("ab")))
                .isNotEqualTo(Choice.of(0, "", List.of("b", "a")));
        assertThat(Choice.of(0, "u", List.of("a"))).isEqualTo(Choice.of(0, "u", List.of("b")));
        assertThat(Choice.of(0, "", List.of())).isEqualTo(Choice.LIVE);
        assertThat(Choice.LIVE.isOfShare(1, 0)).isFalse();
    }

    private static Choice user(int number) {
        return Choice.of(0, "user-" + number, List.of());
    }
}
