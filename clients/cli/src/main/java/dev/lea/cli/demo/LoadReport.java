package dev.lea.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What a load saw.
///
/// @param calls    made, with those that failed
/// @param failures messages of those that failed, the first few
/// @param versions answers by the version that gave them
/// @param swaps    times at which a version answered for the first time, but for the first version
/// @param quiet    calls that ended far from any swap
/// @param swapping calls that ended within [#NEAR] of a swap
record LoadReport(
        long calls,
        long failed,
        List<String> failures,
        Map<Long, Long> versions,
        int swaps,
        Latency quiet,
        Latency swapping) {
    static final Duration NEAR = Duration.ofMillis(500);

    /// One answer.
    ///
    /// @param endNanos on the clock of [System#nanoTime]
    record Answer(long endNanos, long nanos, long version) {}

    /// @param answers in the order in which they came
    static LoadReport of(List<Answer> answers, long failed, List<String> failures) {
        var versions = new TreeMap<Long, Long>();
        answers.forEach(answer -> versions.merge(answer.version(), 1L, Long::sum));
        List<Long> swaps = swapTimes(answers);
        var near = new ArrayList<Long>();
        var far = new ArrayList<Long>();
        for (Answer answer : answers) {
            boolean isNear =
                    swaps.stream()
                            .anyMatch(swap -> Math.abs(answer.endNanos() - swap) <= NEAR.toNanos());
            (isNear ? near : far).add(answer.nanos());
        }
        return new LoadReport(
                answers.size() + failed,
                failed,
                List.copyOf(failures),
                versions,
                swaps.size(),
                Latency.ofNanos(far),
                Latency.ofNanos(near));
    }

    private static List<Long> swapTimes(List<Answer> answers) {
        Set<Long> seen = new HashSet<>();
        var times = new ArrayList<Long>();
        for (Answer answer : answers) {
            if (seen.add(answer.version()) && seen.size() > 1) {
                times.add(answer.endNanos());
            }
        }
        return times;
    }
}
