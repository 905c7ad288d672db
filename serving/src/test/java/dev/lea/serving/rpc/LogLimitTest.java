package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogLimitTest {
    private final AtomicLong clock = new AtomicLong();
    private final LogLimit log = new LogLimit(20, clock::get);

    @Test
    void admit_moreThanTheRate_leavesOutAndCounts() {
        for (int i = 0; i < 20; i++) {
            assertThat(log.admit()).isZero();
        }
        for (int i = 0; i < 7; i++) {
            assertThat(log.admit()).isNegative();
        }
        clock.set(1_000_000_000L);
        assertThat(log.admit()).isEqualTo(7);
        assertThat(log.admit()).isZero();
    }
}
