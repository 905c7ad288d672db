package dev.lea.cli.ask;

import dev.lea.cli.terminal.Terminal;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// What a command asks over a connection.
@FunctionalInterface
interface Question {
    /// Asks and shows the answer.
    ///
    /// @return the exit code
    /// @throws IllegalArgumentException if an option is wrong; the message names it
    int ask(LeaChannel channel, Answers answers);

    /// Opens the connection, asks, and tells what went wrong: as a sentence, or as JSON where JSON was asked for.
    static int run(CommandSpec spec, ServerOptions options, Question question) {
        return run(spec, options, options.server(), question);
    }

    /// The same, of another server than the options name.
    static int run(CommandSpec spec, ServerOptions options, String server, Question question) {
        PrintWriter err = spec.commandLine().getErr();
        var answers = new Answers(spec.commandLine().getOut(), Terminal.system(), options.json());
        try (var channel = options.open(server)) {
            return question.ask(channel, answers);
        } catch (LeaException e) {
            answers.flush();
            err.println(options.json() ? Json.of(e) : "lea: " + e.getMessage());
            if (!e.isOutage()) {
                return ExitCode.FAILED;
            }
            if (!options.json() && e.isUnavailable()) {
                err.println("lea: " + options.hint());
            }
            return ExitCode.UNAVAILABLE;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        } finally {
            answers.flush();
            err.flush();
        }
    }
}
