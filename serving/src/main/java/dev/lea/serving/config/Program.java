package dev.lea.serving.config;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One of Lea's programs, as the person sees it who starts it.
///
/// @param name     for instance `agent-server`
/// @param what     one sentence for the usage text
/// @param settings everything it can be told, in the order of the usage text
/// @param reader   makes the program's own settings of the values; an IllegalArgumentException says which of
///                 them contradict each other
public record Program<T>(
        String name, String what, List<Setting<?>> settings, Function<Configuration, T> reader) {
    private static final Logger log = LoggerFactory.getLogger(Program.class);

    /// The program itself. Returns when it is to end.
    @FunctionalInterface
    public interface Body<T> {
        void run(T settings) throws Exception;
    }

    public Program {
        settings = Stream.concat(settings.stream(), Stream.of(LogFormat.SETTING)).toList();
    }

    /// Reads the settings and runs the program.
    ///
    /// @param out where the usage goes when it is asked for with `--help`
    /// @param err where problems go, a sentence a line
    /// @return the process's exit code: 0; 1 when the program failed; 2 when it could not start
    public int run(
            List<String> arguments,
            Map<String, String> environment,
            PrintStream out,
            PrintStream err,
            Body<T> body) {
        if (arguments.contains("--help")) {
            out.print(usage());
            return 0;
        }
        LogFormat format = LogFormat.told(arguments, environment);
        format.use();
        try {
            Configuration configuration = Configuration.read(settings, arguments, environment);
            T read = configuration.make(reader);
            configuration.lines().forEach(line -> log.info("{}", line));
            body.run(read);
            return 0;
        } catch (StartFailure e) {
            for (String problem : e.problems()) {
                if (format == LogFormat.JSON) {
                    log.error("{}: {}", name, problem);
                } else {
                    err.println(name + ": " + problem);
                }
            }
            return 2;
        } catch (InterruptedException e) {
            return 1;
        } catch (Exception e) {
            log.error("{} failed", name, e);
            return 1;
        }
    }

    /// The text that `--help` prints.
    public String usage() {
        var text = new StringBuilder("usage: " + name + " [--SETTING VALUE]...\n\n" + what + "\n");
        text.append(
                "Each can also be given as LEA_SETTING in the environment or in a properties file.\n\n");
        List<Setting<?>> all = new ArrayList<>(settings);
        all.add(Configuration.FILE);
        for (Setting<?> setting : all) {
            text.append("  --%s %s%n".formatted(setting.name(), setting.kind()));
            text.append("        %s".formatted(setting.what()));
            if (setting.fallback() == null) {
                text.append(" Required.");
            } else if (!setting.fallback().isEmpty()) {
                text.append(" Default: ").append(setting.fallback()).append('.');
            }
            text.append('\n');
        }
        return text.toString();
    }
}
