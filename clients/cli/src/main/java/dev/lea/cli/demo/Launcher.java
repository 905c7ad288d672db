package dev.lea.cli.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How one of Lea's programs is started: through the script that started this one.
@FunctionalInterface
interface Launcher {
    /// A process that is ready to be started.
    ///
    /// @param program as the script names it, for instance `env-server`
    ProcessBuilder prepare(String program, List<String> arguments);

    /// The script in Lea's home.
    ///
    /// @throws DemoFailure if the script is not there
    static Launcher ofScript(Path home) {
        Path script = home.resolve("lea");
        if (!Files.isExecutable(script)) {
            throw new DemoFailure(
                    "the demo is started with ./lea demo: there is no launcher at " + script);
        }
        return (program, arguments) -> {
            var command = new ArrayList<String>(List.of(script.toString(), program));
            command.addAll(arguments);
            var process = new ProcessBuilder(command);
            process.environment()
                    .put("LEA_NO_BUILD", "1"); // this process was built together with them
            // they end with this process, however it ends
            process.environment().put("LEA_PARENT", Long.toString(ProcessHandle.current().pid()));
            return process;
        };
    }
}
