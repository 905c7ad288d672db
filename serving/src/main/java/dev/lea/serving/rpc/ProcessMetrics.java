package dev.lea.serving.rpc;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.DoubleSupplier;

/// What the process takes of its machine. Weights and caches of ONNX Runtime are outside of the heap: they show in
/// `process.resident.memory`, and, about, in `process.native.memory`, which leaves out what the JVM says that it holds.
final class ProcessMetrics implements MeterBinder {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final Path LIMIT = Path.of("/sys/fs/cgroup/memory.max");

    @Override
    public void bindTo(MeterRegistry registry) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        bytes(
                registry,
                "process.resident.memory",
                "memory that the process holds, native memory too; NaN where unknown",
                ProcessMetrics::resident);
        bytes(
                registry,
                "process.native.memory",
                "memory that the process holds beside what the JVM has committed, about; NaN where unknown",
                () -> Math.max(0, resident() - committed()));
        double limit = limit();
        bytes(
                registry,
                "process.memory.limit",
                "memory that the container may hold, else that the machine has; NaN where unknown",
                () -> limit);
    }

    private static void bytes(
            MeterRegistry registry, String name, String description, DoubleSupplier value) {
        Gauge.builder(name, value::getAsDouble)
                .baseUnit("bytes")
                .description(description)
                .register(registry);
    }

    private static double resident() {
        return kibibytes(STATUS, "VmRSS:") * 1024;
    }

    private static double committed() {
        var memory = ManagementFactory.getMemoryMXBean();
        return (double) memory.getHeapMemoryUsage().getCommitted()
                + memory.getNonHeapMemoryUsage().getCommitted();
    }

    private static double limit() {
        try {
            String limit = Files.readString(LIMIT).strip();
            if (!limit.equals("max")) {
                return Double.parseDouble(limit);
            }
        } catch (IOException | NumberFormatException e) {
            // not in a container of this kind
        }
        return kibibytes(MACHINE, "MemTotal:") * 1024;
    }

    private static double kibibytes(Path file, String line) {
        try (var lines = Files.lines(file)) {
            return lines.filter(text -> text.startsWith(line))
                    .mapToDouble(text -> Long.parseLong(text.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN; // not a Linux
        }
    }
}
