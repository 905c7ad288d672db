package dev.lea.cli.demo;

import dev.lea.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The demo with fake programs, as a process of its own: what a signal does to it can be seen.
final class FakeDemo {
    private FakeDemo() {}

    /// Arguments: the work folder, then which program misbehaves and how, both or none.
    public static void main(String[] arguments) {
        var all = List.of(arguments);
        var options =
                new DemoOptions(
                        Path.of("."),
                        Optional.empty(),
                        1,
                        Optional.of(Path.of(all.getFirst())),
                        Optional.of(all.contains("broken") ? "broken" : "demo"),
                        Map.of(),
                        new DemoOptions.Ports(0, 0, 0));
        Launcher launcher =
                (program, given) -> {
                    var command = java(FakeProgram.class, program);
                    command.addAll(given);
                    if (all.contains(program)) {
                        command.add(all.getLast());
                    }
                    return new ProcessBuilder(command);
                };
        var terminal = Terminal.system();
        System.exit(new Demo(options, launcher, terminal).run());
    }

    static List<String> java(Class<?> main, String... arguments) {
        var command =
                new ArrayList<String>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Xmx128m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        command.addAll(Arrays.asList(arguments));
        return command;
    }
}
