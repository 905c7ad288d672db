package dev.lea.cli.demo;

import dev.lea.client.LeaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The programs that this demo started; closing stops them all. The thread that made it is interrupted when
/// one of them ends by itself.
final class Programs implements AutoCloseable {
    private final Launcher launcher;
    private final Thread owner = Thread.currentThread();
    private final List<Program> programs = new ArrayList<>();

    Programs(Launcher launcher) {
        this.launcher = launcher;
    }

    /// Starts one more; see [Program#start].
    Program start(String name, int port, List<String> arguments, Path folder) {
        var program = Program.start(name, launcher, port, arguments, folder, owner::interrupt);
        programs.add(program);
        return program;
    }

    /// Why the demo cannot go on: a program that ended by itself, if one did, else what was caught.
    DemoFailure blame(Exception caught) {
        if (caught instanceof DemoFailure failure) {
            return failure;
        }
        for (Program program : programs) {
            if (program.endsSoon()) {
                return program.death();
            }
        }
        return new DemoFailure(
                caught instanceof LeaException
                        ? caught.getMessage()
                        : "the demo failed: " + caught);
    }

    /// The log of a program by its name.
    Path log(String name) {
        return programs.stream()
                .filter(program -> program.name().equals(name))
                .map(Program::log)
                .findFirst()
                .orElseThrow();
    }

    /// Most memory that each held, by name.
    Map<String, Long> peakMemoryBytes() {
        var peaks = new LinkedHashMap<String, Long>();
        programs.forEach(program -> peaks.put(program.name(), program.peakMemoryBytes()));
        return peaks;
    }

    /// Asks all to end at once, then waits for each, the newest first.
    @Override
    public void close() {
        programs.forEach(Program::stop);
        programs.reversed().forEach(Program::close);
    }
}
