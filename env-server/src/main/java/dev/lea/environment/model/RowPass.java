package dev.lea.environment.model;

import dev.lea.environment.model.EnvironmentGraph.Output;
import dev.lea.environment.model.EnvironmentGraph.Result;
import dev.lea.environment.model.Row.Recall;
import dev.lea.serving.Failure;
import dev.lea.serving.feature.KeyValueShape;
import dev.lea.serving.feature.PackedBatch;
import dev.lea.serving.feature.PackedSequence;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Rows that are run in one go, padded to the longest. Whose they are does not matter to it.
///
/// Rows of different callers join only while the pass stays within its places and nobody pays for another's length:
/// none is more than about twice as long as another, in what is run and in what is remembered.
final class RowPass implements WorkPool.Joint {
    /// Places by which rows may always differ: so few cost less than a pass more.
    private static final int NEAR = 8;

    private final EnvironmentGraph graph;
    private final PassStatistics statistics;
    private final int places;
    private final List<Task> tasks = new ArrayList<>();
    private int shortest = Integer.MAX_VALUE;
    private int longest;
    private int leastRecall = Integer.MAX_VALUE;
    private int mostRecall;

    private RowPass(EnvironmentGraph graph, PassStatistics statistics, int places) {
        this.graph = graph;
        this.statistics = statistics;
        this.places = places;
    }

    /// A pass of just these.
    static RowPass of(List<Task> tasks) {
        Task any = tasks.getFirst();
        var pass = new RowPass(any.passes.graph(), any.passes.statistics(), Integer.MAX_VALUE);
        tasks.forEach(pass::add);
        return pass;
    }

    /// One row with what is wanted of it.
    static final class Task implements WorkPool.Joinable {
        private final Passes passes;
        private final Row row;
        private final Output output;
        private final float[] answers;
        private Runnable hand = () -> {}; // written and read by the thread that runs it

        /// @param output  states or scores
        /// @param answers [all reads, floats of an answer]; it writes those of its row
        Task(Passes passes, Row row, Output output, float[] answers) {
            this.passes = passes;
            this.row = row;
            this.output = output;
            this.answers = answers;
        }

        @Override
        public WorkPool.Joint open() {
            int places = passes.plan().limits().joinedPlaces();
            var pass = new RowPass(passes.graph(), passes.statistics(), places);
            pass.add(this);
            return pass;
        }

        /// Hands out what the pass gave.
        @Override
        public void run() {
            hand.run();
        }
    }

    @Override
    public boolean admit(WorkPool.Joinable other) {
        if (!(other instanceof Task task) || task.passes.graph() != graph) {
            return false;
        }
        int length = task.row.length();
        int recall = task.row.recall().places();
        boolean alike =
                near(Math.min(shortest, length), Math.max(longest, length))
                        && near(Math.min(leastRecall, recall), Math.max(mostRecall, recall));
        if (!alike || (long) (tasks.size() + 1) * Math.max(longest, length) > places) {
            return false;
        }
        add(task);
        return true;
    }

    @Override
    public boolean isFull() {
        return (tasks.size() + 1L) * longest > places;
    }

    @Override
    public void run() {
        List<PackedSequence> sequences = new ArrayList<>(tasks.size());
        List<int[]> slots = new ArrayList<>(tasks.size());
        Set<Output> wanted = EnumSet.noneOf(Output.class);
        for (Task task : tasks) {
            int[] rowSlots = new int[task.row.reads()];
            sequences.add(task.row.pack(rowSlots));
            slots.add(rowSlots);
            wanted.add(task.output);
            if (task.row.remember().isPresent()) {
                wanted.add(Output.PRESENT);
            }
        }
        var batch = PackedBatch.of(sequences);
        List<Recall> recalls = tasks.stream().map(task -> task.row.recall()).toList();
        Result result = timed(batch, recalls, wanted);
        long run = sequences.stream().mapToLong(PackedSequence::length).sum();
        statistics.add(
                batch.rows(),
                run,
                (long) batch.rows() * batch.length() - run,
                recalls.stream().mapToLong(Recall::places).sum());
        for (int i = 0; i < tasks.size(); i++) {
            Task task = tasks.get(i);
            int at = i;
            task.hand =
                    () -> {
                        read(task, slots.get(at), result, at * batch.length());
                        remember(task.row, result, at, batch.length());
                    };
        }
    }

    private Result timed(PackedBatch batch, List<Recall> recalls, Set<Output> wanted) {
        long begin = System.nanoTime();
        try {
            return graph.run(batch, recalls, wanted);
        } finally {
            statistics.ran(batch.rows(), System.nanoTime() - begin);
        }
    }

    private void add(Task task) {
        tasks.add(task);
        shortest = Math.min(shortest, task.row.length());
        longest = Math.max(longest, task.row.length());
        leastRecall = Math.min(leastRecall, task.row.recall().places());
        mostRecall = Math.max(mostRecall, task.row.recall().places());
    }

    private static boolean near(int least, int most) {
        return most <= 2 * least + NEAR;
    }

    /// @param first place of the row among those of all
    private void read(Task task, int[] slots, Result result, int first) {
        boolean states = task.output == Output.STATES;
        float[] values = states ? result.states() : result.scores();
        int width = states ? graph.width() : 1;
        for (int i = 0; i < slots.length; i++) {
            int from = (first + slots[i]) * width;
            int to = (task.row.offset() + i) * width;
            for (int column = 0; column < width; column++) {
                task.answers[to + column] = finite(values[from + column]);
            }
        }
    }

    private void remember(Row row, Result result, int at, int length) {
        if (row.remember().isEmpty()) {
            return;
        }
        KeyValueShape shape = graph.keyValues().orElseThrow();
        Recall recall = row.recall();
        KeyValues whole =
                recall.keyValues()
                        .and(
                                shape,
                                recall.places(),
                                result.present(),
                                at * length * shape.floats(),
                                length,
                                recall.trunk() - recall.places());
        row.remember().get().accept(whole);
    }

    private static float finite(float value) {
        if (!Float.isFinite(value)) {
            throw new Failure.Broken("the environment's graph gave " + value, null);
        }
        return value;
    }
}
