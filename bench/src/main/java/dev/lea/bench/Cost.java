package dev.lea.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/// What one call of something costs.
///
/// @param cpu  CPU milliseconds of the whole process
/// @param wall milliseconds until the answer
record Cost(double cpu, double wall) {
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /// A turn takes at least so long, because the process's CPU time is counted in steps of 10 ms.
    private static final double LEAST_TURN_MILLIS = 150;

    private static final double MOST_MILLIS = 60_000;

    /// Costs of rivals that are measured in turns, so that what disturbs the machine disturbs all of them. Each is
    /// called for a while before it is measured.
    ///
    /// @param most turns of each, of which the median counts; fewer, at least one, where a turn takes long
    static List<Cost> inTurns(int most, List<Callable<?>> calls) throws Exception {
        int[] repeats = new int[calls.size()];
        double round = 0;
        for (int i = 0; i < repeats.length; i++) {
            repeats[i] = repeats(calls.get(i));
            round += of(repeats[i], calls.get(i)).wall * repeats[i];
        }
        int turns = (int) Math.clamp(MOST_MILLIS / round, 1, most);
        double[][] cpu = new double[repeats.length][turns];
        double[][] wall = new double[repeats.length][turns];
        for (int turn = 0; turn < turns; turn++) {
            for (int i = 0; i < repeats.length; i++) {
                Cost cost = of(repeats[i], calls.get(i));
                cpu[i][turn] = cost.cpu;
                wall[i][turn] = cost.wall;
            }
        }
        List<Cost> costs = new ArrayList<>();
        for (int i = 0; i < repeats.length; i++) {
            costs.add(new Cost(median(cpu[i]), median(wall[i])));
        }
        return costs;
    }

    /// Calls that fill a turn; finding out warms them up.
    private static int repeats(Callable<?> call) throws Exception {
        int repeats = 1;
        while (true) {
            double all = of(repeats, call).wall * repeats;
            if (all >= LEAST_TURN_MILLIS || repeats > 1_000_000) {
                return repeats;
            }
            repeats *= 2;
        }
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// CPU nanoseconds that the process has taken.
    static long processCpu() {
        return PROCESS.getProcessCpuTime();
    }

    private static Cost of(int repeats, Callable<?> call) throws Exception {
        long cpu = PROCESS.getProcessCpuTime();
        long wall = System.nanoTime();
        for (int i = 0; i < repeats; i++) {
            call.call();
        }
        double each = 1e6 * repeats;
        return new Cost(
                (PROCESS.getProcessCpuTime() - cpu) / each, (System.nanoTime() - wall) / each);
    }
}
