package dev.lea.environment.model;

import dev.lea.environment.model.Caller.Lane;
import dev.lea.environment.model.EnvironmentGraph.Output;
import dev.lea.environment.model.RowPlan.Kind;
import java.util.ArrayList;
import java.util.List;

/// Answers questions by passes through the graph: plans their rows, runs them on the pool, and puts what was read
/// where it belongs.
///
/// Rows of calls wait one by one, and those of different callers share passes. Rows of bulk keep to themselves, in
/// passes that depend on the questions alone.
record Passes(EnvironmentGraph graph, RowPlan plan, WorkPool pool, PassStatistics statistics) {
    /// States of prefixes.
    ///
    /// @return [all prefixes of all trunks in order, D]
    float[] states(List<Trunk> trunks, Memory memory, Caller caller) throws InterruptedException {
        return run(plan.trunks(trunks, memory), Output.STATES, caller);
    }

    /// Raw scores R of candidates.
    ///
    /// @return [blocks]
    float[] scores(List<Block> candidates, Memory memory, Caller caller)
            throws InterruptedException {
        return run(plan.blocks(candidates, Kind.CANDIDATE, memory), Output.SCORES, caller);
    }

    /// States of prefixes with an item appended.
    ///
    /// @return [blocks, D]
    float[] continuations(List<Block> items, Memory memory, Caller caller)
            throws InterruptedException {
        return run(plan.blocks(items, Kind.CONTINUATION, memory), Output.STATES, caller);
    }

    private float[] run(List<Row> rows, Output output, Caller caller) throws InterruptedException {
        int reads = rows.stream().mapToInt(Row::reads).sum();
        int width = output == Output.STATES ? graph.width() : 1;
        float[] answers = new float[Math.multiplyExact(reads, width)];
        List<Runnable> tasks = new ArrayList<>();
        if (caller.lane() == Lane.CALL) {
            rows.forEach(row -> tasks.add(new RowPass.Task(this, row, output, answers)));
        } else {
            for (List<Row> pass : plan.passes(rows)) {
                List<RowPass.Task> all = new ArrayList<>();
                pass.forEach(row -> all.add(new RowPass.Task(this, row, output, answers)));
                tasks.add(() -> run(all));
            }
        }
        pool.run(caller, tasks);
        return answers;
    }

    private static void run(List<RowPass.Task> pass) {
        RowPass.of(pass).run();
        pass.forEach(RowPass.Task::run);
    }
}
