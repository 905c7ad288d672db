package dev.lea.trainer.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What a process has used of its machine so far.
///
/// @param cpu       of all its threads; zero where the system does not tell
/// @param peakBytes the most memory that it ever held; 0 where the system does not tell
public record ProcessUse(Duration cpu, long peakBytes) {
    public static final ProcessUse UNKNOWN = new ProcessUse(Duration.ZERO, 0);

    /// Reads what the system says now.
    public static ProcessUse of(ProcessHandle process) {
        return new ProcessUse(
                process.info().totalCpuDuration().orElse(Duration.ZERO), peakBytes(process.pid()));
    }

    private static long peakBytes(long pid) {
        Path status = Path.of("/proc/" + pid + "/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0; // it ended while we looked
        }
    }
}
