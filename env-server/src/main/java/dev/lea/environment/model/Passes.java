package dev.lea.environment.model;

import dev.lea.environment.model.RowPlan.Kind;
import dev.lea.serving.Failure;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import java.util.ArrayList;
import java.util.List;

/// Answers questions by passes through the graph: plans them, runs them on the pool, and puts what was read where
/// it belongs.
record Passes(EnvironmentGraph graph, RowPlan plan, WorkPool pool) {
    /// States of prefixes.
    ///
    /// @return [all prefixes of all trunks in order, D]
    float[] states(List<Trunk> trunks, Caller caller) throws InterruptedException {
        return run(plan.trunks(trunks), graph.width(), graph::states, caller);
    }

    /// Raw scores R of candidates.
    ///
    /// @return [blocks]
    float[] scores(List<Block> candidates, Caller caller) throws InterruptedException {
        return run(plan.blocks(candidates, Kind.CANDIDATE), 1, graph::scores, caller);
    }

    /// States of prefixes with an item appended.
    ///
    /// @return [blocks, D]
    float[] continuations(List<Block> items, Caller caller) throws InterruptedException {
        return run(plan.blocks(items, Kind.CONTINUATION), graph.width(), graph::states, caller);
    }

    private interface Run {
        float[] of(PackedBatch batch);
    }

    private float[] run(List<Row> rows, int width, Run run, Caller caller)
            throws InterruptedException {
        int reads = rows.stream().mapToInt(Row::reads).sum();
        float[] answers = new float[Math.multiplyExact(reads, width)];
        List<Runnable> tasks = new ArrayList<>();
        for (List<Row> pass : plan.passes(rows)) {
            tasks.add(() -> run(pass, width, run, answers));
        }
        pool.run(caller, tasks);
        return answers;
    }

    /// Passes write to different parts of `answers`.
    private static void run(List<Row> pass, int width, Run run, float[] answers) {
        List<PackedSequence> sequences = new ArrayList<>(pass.size());
        List<int[]> slots = new ArrayList<>(pass.size());
        for (Row row : pass) {
            int[] rowSlots = new int[row.reads()];
            sequences.add(row.packing().pack(rowSlots));
            slots.add(rowSlots);
        }
        PackedBatch batch = PackedBatch.of(sequences);
        float[] output = run.of(batch);
        for (int r = 0; r < pass.size(); r++) {
            int[] rowSlots = slots.get(r);
            for (int i = 0; i < rowSlots.length; i++) {
                int from = (r * batch.length() + rowSlots[i]) * width;
                int to = (pass.get(r).offset() + i) * width;
                for (int column = 0; column < width; column++) {
                    answers[to + column] = finite(output[from + column]);
                }
            }
        }
    }

    private static float finite(float value) {
        if (!Float.isFinite(value)) {
            throw new Failure.Broken("the environment's graph gave " + value, null);
        }
        return value;
    }
}
