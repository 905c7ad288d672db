package dev.lea.serving.batch;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BatchLimitsTest {
    @Test
    void new_outOfRange_namesFieldBoundAndValue() {
        assertThatThrownBy(() -> new BatchLimits(0, 1, 1))
                .hasMessage("batchRows must be in [1, 4096] but is 0");
        assertThatThrownBy(() -> new BatchLimits(32, 31, 1))
                .hasMessage("queueRows must be in [32, 1048576] but is 31");
        assertThatThrownBy(() -> new BatchLimits(1, 1, 0))
                .hasMessage("runners must be in [1, 256] but is 0");
    }
}
