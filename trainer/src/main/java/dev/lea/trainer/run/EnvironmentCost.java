package dev.lea.trainer.run;

import java.time.Duration;

/// What an LE has cost, over all attempts at it.
///
/// @param fitCpuSeconds   processor time until it was live in env-server, of all processes
/// @param askCpuSeconds   processor time of asking it about every sequence, of all processes
/// @param events          of the sequences that it was asked about
/// @param modelBytes      of its bundle on disk
/// @param answerBytes     of its answers on disk
/// @param trainerBytes    the most memory that the asking process held
/// @param serverBytes     the most memory that env-server held; 0 where that is not known
public record EnvironmentCost(
        double fitCpuSeconds,
        double askCpuSeconds,
        long events,
        long modelBytes,
        long answerBytes,
        long trainerBytes,
        long serverBytes) {
    public static final EnvironmentCost NONE = new EnvironmentCost(0, 0, 0, 0, 0, 0, 0);

    /// Processor time of all of it.
    public double cpuHours() {
        return (fitCpuSeconds + askCpuSeconds) / Duration.ofHours(1).toSeconds();
    }

    /// With the processor time of an attempt that ended or was cut off.
    EnvironmentCost plus(double fitting, double asking) {
        return new EnvironmentCost(
                fitCpuSeconds + fitting,
                askCpuSeconds + asking,
                events,
                modelBytes,
                answerBytes,
                trainerBytes,
                serverBytes);
    }
}
