package dev.lea.serving.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class HistoryFeatureTest {
    private final HistoryFeature feature = new HistoryFeature(100, 3);

    @Test
    void write_shortHistory_isPaddedOnTheRight() {
        assertThat(row(7, 8)).containsExactly(7, 8, 100, /* length */ 2);
    }

    @Test
    void write_longHistory_keepsTheNewest() {
        assertThat(row(1, 2, 3, 4, 5)).containsExactly(3, 4, 5, /* length */ 3);
    }

    @Test
    void write_emptyHistory_isOnePadding() {
        assertThat(row()).containsExactly(100, 100, 100, /* length */ 1);
    }

    @Test
    void write_indexOutsideTheCatalogue_isRefused() {
        assertThatThrownBy(() -> row(100)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> row(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @RepeatedTest(20)
    void write_prefixOfASequence_equalsWritingItAlone() {
        long seed = ThreadLocalRandom.current().nextLong();
        var random = new Random(seed);
        int[] items = random.ints(random.nextInt(12), 0, 100).toArray();
        var out = LongBuffer.allocate(3 * (items.length + 1));
        for (int t = 0; t <= items.length; t++) {
            int length = feature.write(items, 0, t, out, t);
            long[] written = Arrays.copyOf(Arrays.copyOfRange(out.array(), 3 * t, 3 * t + 3), 4);
            written[3] = length;
            assertThat(written).as("seed %s", seed).isEqualTo(row(Arrays.copyOf(items, t)));
        }
    }

    private long[] row(int... items) {
        var out = LongBuffer.allocate(3);
        int length = feature.write(items, 0, items.length, out, 0);
        long[] row = Arrays.copyOf(out.array(), 4);
        row[3] = length;
        return row;
    }
}
