package dev.lea.serving.batch;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import java.time.Duration;

/// How much work is grouped, how much may wait and for how long, and how many batches run at once.
///
/// @param batchRows rows in one batch, 1..4096; work of more rows than this runs alone
/// @param queueRows rows that may wait, batchRows..1048576; more are refused
/// @param runners   batches that run at the same time, each on a thread of its own, 1..256
/// @param maxWait   longest wait that is worth beginning, 1 ms to 1 h; work that would wait longer is refused
public record BatchLimits(int batchRows, int queueRows, int runners, Duration maxWait) {
    /// 32 rows a batch, 512 that wait, 2 at a time, half a second.
    public static final BatchLimits DEFAULT = new BatchLimits(32, 512, 2);

    public BatchLimits {
        inRange("batchRows", batchRows, 1, 4096);
        inRange("queueRows", queueRows, batchRows, 1 << 20);
        inRange("runners", runners, 1, 256);
        require(
                maxWait.compareTo(Duration.ofMillis(1)) >= 0
                        && maxWait.compareTo(Duration.ofHours(1)) <= 0,
                "maxWait must be in [PT0.001S, PT1H] but is " + maxWait);
    }

    /// Half a second is worth waiting.
    public BatchLimits(int batchRows, int queueRows, int runners) {
        this(batchRows, queueRows, runners, Duration.ofMillis(500));
    }

    public BatchLimits withRunners(int runners) {
        return new BatchLimits(batchRows, queueRows, runners, maxWait);
    }
}
