package dev.lea.environment.model;

import dev.lea.environment.model.EnvironmentGraph.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Finds the items most similar to states, in runs of bounded size.
record Retrieval(EnvironmentGraph graph, WorkPool pool) {
    /// Similarities, and excluded items, of one run at most.
    private static final int RUN_ELEMENTS = 1 << 20;

    private static final int RUN_ROWS = 256;

    /// What was found for one state, the most similar first.
    record Candidates(int[] items, float[] similarities) {}

    /// @param states   [excluded.size(), D]
    /// @param excluded a state's items that are not to be found
    /// @param count    items wanted a state; fewer are found only where exclusions leave fewer
    List<Candidates> find(float[] states, List<int[]> excluded, int count, Caller caller)
            throws InterruptedException {
        int k = Math.min(count, graph.itemCount());
        int widest = graph.itemCount();
        for (int[] items : excluded) {
            widest = Math.max(widest, items.length);
        }
        int rows = Math.clamp(RUN_ELEMENTS / widest, 1, RUN_ROWS);
        Candidates[] found = new Candidates[excluded.size()];
        List<Runnable> tasks = new ArrayList<>();
        for (int from = 0; from < found.length; from += rows) {
            int first = from;
            int last = Math.min(found.length, from + rows);
            tasks.add(() -> find(states, excluded, first, last, k, found));
        }
        pool.run(caller, tasks);
        return List.of(found);
    }

    /// Runs write to different parts of `found`.
    private void find(
            float[] states, List<int[]> excluded, int from, int to, int k, Candidates[] found) {
        int width = graph.width();
        Nearest nearest =
                graph.nearest(
                        Arrays.copyOfRange(states, from * width, to * width),
                        excluded.subList(from, to).toArray(int[][]::new),
                        k);
        for (int row = from; row < to; row++) {
            int[] places = filled(nearest, (row - from) * k, k);
            int[] items = Arrays.stream(places).map(place -> nearest.items()[place]).toArray();
            float[] similarities = new float[places.length];
            for (int i = 0; i < places.length; i++) {
                similarities[i] = Math.clamp(nearest.similarities()[places[i]], -1f, 1f);
            }
            found[row] = new Candidates(items, similarities);
        }
    }

    private static int[] filled(Nearest nearest, int from, int k) {
        return IntStream.range(from, from + k)
                .filter(place -> nearest.similarities()[place] != Float.NEGATIVE_INFINITY)
                .toArray();
    }
}
