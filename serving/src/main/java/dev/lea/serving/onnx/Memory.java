package dev.lea.serving.onnx;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Refuses a model before it is loaded when it cannot fit: the alternative is a process that the system kills,
/// and with it the version that serves.
public final class Memory {
    private static final long UNLIMITED = Long.MAX_VALUE;

    /// The CPU keeps a second copy of most weights, in the layout its kernels want.
    private static final double CPU_FACTOR = 2.1;

    private static final double CUDA_FACTOR = 1.2;
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

    private Memory() {}

    /// Bytes that a loaded model takes, about.
    ///
    /// @param weights bytes of its files
    public static long needed(long weights, Device device) {
        return Math.round(weights * (device == Device.CUDA ? CUDA_FACTOR : CPU_FACTOR));
    }

    /// Does nothing where the model fits, or where nobody can tell.
    ///
    /// @param what    the model, for the message
    /// @param weights bytes of its files
    /// @throws Failure.Conflict naming what is needed and what is free
    public static void require(String what, long weights, Device device) {
        long needed = needed(weights, device);
        OptionalLong free = free(device);
        if (free.isPresent() && needed > free.getAsLong()) {
            throw new Failure.Conflict(
                    "MEMORY_TOO_SMALL",
                    what
                            + " needs about "
                            + mebibytes(needed)
                            + " MiB on "
                            + (device == Device.CUDA ? "the GPU" : "this machine")
                            + " but "
                            + mebibytes(free.getAsLong())
                            + " MiB are free",
                    Map.of(
                            "needed_bytes",
                            Long.toString(needed),
                            "free_bytes",
                            Long.toString(free.getAsLong())));
        }
    }

    private static OptionalLong free(Device device) {
        if (device == Device.CUDA) {
            return Cuda.freeBytes();
        }
        long machine = machine(Path.of("/proc/meminfo"));
        long container = container(Path.of("/sys/fs/cgroup"));
        long free = Math.min(machine, container);
        return free == UNLIMITED ? OptionalLong.empty() : OptionalLong.of(free);
    }

    /// What the system could give to a process without swapping.
    static long machine(Path meminfo) {
        try {
            Matcher line = AVAILABLE.matcher(Files.readString(meminfo));
            return line.find() ? Long.parseLong(line.group(1)) << 10 : UNLIMITED;
        } catch (IOException e) {
            return UNLIMITED;
        }
    }

    /// What is left of a container's limit. Memory that only caches files counts as free.
    static long container(Path cgroup) {
        try {
            String limit = Files.readString(cgroup.resolve("memory.max")).strip();
            if (limit.equals("max")) {
                return UNLIMITED;
            }
            long used = Long.parseLong(Files.readString(cgroup.resolve("memory.current")).strip());
            long cache =
                    Files.readAllLines(cgroup.resolve("memory.stat")).stream()
                            .filter(line -> line.startsWith("inactive_file "))
                            .mapToLong(line -> Long.parseLong(line.substring(14)))
                            .findFirst()
                            .orElse(0);
            return Math.max(0, Long.parseLong(limit) - used + cache);
        } catch (IOException | NumberFormatException e) {
            return UNLIMITED;
        }
    }

    private static long mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }
}
