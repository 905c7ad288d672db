package dev.lea.cli.ask;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.lea.cli.terminal.Terminal;
import dev.lea.client.HealthClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.client.RepositoryClient;
import dev.lea.client.TrainerClient;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `lea status`: whether the three programs serve, and what.
@Command(
        name = "status",
        description = {
            "Whether the three programs answer, and which version is live.",
            "Ends with 0 where both servers serve a version and the trainer answers, else with 3."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    private static final String NOTHING = "no version is live";

    @Spec private CommandSpec spec;

    @Option(
            names = "--environment",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:LEA_ENVIRONMENT:-127.0.0.1:7071}",
            description = "Where env-server listens (LEA_ENVIRONMENT). Default: ${DEFAULT-VALUE}.")
    private String environment;

    @Option(
            names = "--trainer",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:LEA_TRAINER:-127.0.0.1:7073}",
            description = "Where trainer listens (LEA_TRAINER). Default: ${DEFAULT-VALUE}.")
    private String trainer;

    @Mixin private AgentOptions agent;

    /// @param serves false where it does not answer, or has nothing to serve
    private record Line(String program, String place, boolean serves, String what) {}

    @Override
    public Integer call() {
        var answers = new Answers(spec.commandLine().getOut(), Terminal.system(), agent.json());
        Line[] lines = {
            line("env-server", environment, StatusCommand::version),
            line("agent-server", agent.server(), StatusCommand::version),
            line("trainer", trainer, StatusCommand::runs)
        };
        boolean all = true;
        var table = answers.table("program", "listens on", "serves", "");
        var json = Struct.newBuilder();
        for (Line line : lines) {
            all &= line.serves();
            String serves = line.serves() ? "yes" : "no";
            table.row(
                    line.program(),
                    line.place(),
                    line.serves() ? answers.style().good(serves) : answers.style().bad(serves),
                    line.what());
            json.putFields(line.program(), json(line));
        }
        if (answers.json()) {
            answers.json(json);
        } else {
            answers.show(table);
        }
        answers.flush();
        return all ? ExitCode.DONE : ExitCode.UNAVAILABLE;
    }

    private Line line(String program, String place, Function<LeaChannel, String> what) {
        try (var channel = agent.open(place)) {
            if (!new HealthClient(channel).isReachable()) {
                return new Line(program, place, false, "does not answer");
            }
            String said = what.apply(channel);
            return new Line(program, place, !said.isEmpty(), said.isEmpty() ? NOTHING : said);
        } catch (LeaException e) {
            return new Line(program, place, false, e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private static String version(LeaChannel channel) {
        return new RepositoryClient(channel)
                .live()
                .map(version -> Answers.name(version.getModel()))
                .orElse("");
    }

    private static String runs(LeaChannel channel) {
        return new TrainerClient(channel)
                .list().stream()
                        .findFirst()
                        .map(run -> "run %s %s".formatted(run.getRunId(), Runs.state(run)))
                        .orElse("no runs yet");
    }

    private static Value json(Line line) {
        var fields =
                Struct.newBuilder()
                        .putFields("place", text(line.place()))
                        .putFields("serves", Value.newBuilder().setBoolValue(line.serves()).build())
                        .putFields("what", text(line.what()));
        return Value.newBuilder().setStructValue(fields).build();
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }
}
