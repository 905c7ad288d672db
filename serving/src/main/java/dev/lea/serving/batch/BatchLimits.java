package dev.lea.serving.batch;

import static dev.lea.serving.Checks.inRange;

/// How much work is grouped, how much may wait, and how many batches run at once.
///
/// @param batchRows rows in one batch, 1..4096; work of more rows than this runs alone
/// @param queueRows rows that may wait, batchRows..1048576; more are refused
/// @param runners   batches that run at the same time, each on a thread of its own, 1..256
public record BatchLimits(int batchRows, int queueRows, int runners) {
    /// 32 rows a batch, 512 that wait, 2 at a time.
    public static final BatchLimits DEFAULT = new BatchLimits(32, 512, 2);

    public BatchLimits {
        inRange("batchRows", batchRows, 1, 4096);
        inRange("queueRows", queueRows, batchRows, 1 << 20);
        inRange("runners", runners, 1, 256);
    }

    public BatchLimits withRunners(int runners) {
        return new BatchLimits(batchRows, queueRows, runners);
    }
}
