package dev.lea.cli.ask;

import com.google.protobuf.Timestamp;
import dev.lea.cli.terminal.Format;
import dev.lea.client.RepositoryClient;
import dev.lea.proto.repository.v1.Aliases;
import dev.lea.proto.repository.v1.DeleteVersionResponse;
import dev.lea.proto.repository.v1.GetShadowReportResponse;
import dev.lea.proto.repository.v1.ListVersionsResponse;
import dev.lea.proto.repository.v1.ShadowComparison;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionRole;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.proto.repository.v1.WatchVersionsResponse;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lea versions`: what an operator does with the versions of a server's model.
@Command(
        name = "versions",
        description = "Shows and changes the versions that an agent-server or env-server keeps.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class VersionsCommand {
    private static final String NUMBER = "VERSION";

    @Spec private CommandSpec spec;

    @Mixin private AgentOptions server;

    @Command(name = "list", description = "Versions kept there, newest first.")
    int list() {
        return ask((client, answers) -> {
            List<Version> versions = client.list();
            if (answers.json()) {
                answers.json(ListVersionsResponse.newBuilder().addAllVersions(versions));
            } else if (versions.isEmpty()) {
                answers.say("no versions yet; ./lea versions upload DIR brings one");
            } else {
                show(versions, answers);
            }
        });
    }

    @Command(
            name = "upload",
            description = "Uploads a bundle, or goes on with an upload that was cut.")
    int upload(
            @Parameters(paramLabel = "DIR", description = "The bundle's folder.") Path folder,
            @Option(names = "--activate", description = "Makes it live, too.") boolean activate) {
        return ask((client, answers) -> {
            Version kept = client.upload(folder);
            long number = kept.getModel().getVersion();
            if (!answers.json()) {
                answers.say("version " + number + " is kept");
            } else if (!activate) {
                answers.json(kept);
            }
            if (activate) {
                VersionChanges.tell(client.activate(number), answers);
            }
        });
    }

    @Command(name = "activate", description = "Makes a version live; promotes a canary.")
    int activate(
            @Parameters(paramLabel = NUMBER, description = "Its number.") long version,
            @Option(
                            names = "--expect",
                            paramLabel = NUMBER,
                            defaultValue = "0",
                            description = "Refuse if another version is live now.")
                    long expected) {
        return Question.run(
                spec,
                server,
                (channel, answers) -> VersionChanges.activate(channel, answers, version, expected));
    }

    @Command(
            name = "rollback",
            description = "Makes the version live that was live before the present one.")
    int rollBack() {
        return Question.run(spec, server, VersionChanges::rollBack);
    }

    @Command(name = "canary", description = "Lets a version answer a share of the users.")
    int canary(
            @Parameters(paramLabel = NUMBER, description = "Its number; 0 for no canary.")
                    long version,
            @Option(
                            names = "--share",
                            paramLabel = "SHARE",
                            defaultValue = "0",
                            description =
                                    "Of the users, 0 to 1. Default: 0, only calls that ask for it.")
                    double share) {
        return ask((client, answers) -> tell(client.setCanary(version, share), answers));
    }

    @Command(name = "shadow", description = "Lets a version be asked too, and compared.")
    int shadow(
            @Parameters(paramLabel = NUMBER, description = "Its number; 0 for no shadow.")
                    long version) {
        return ask((client, answers) -> tell(client.setShadow(version), answers));
    }

    @Command(name = "aliases", description = "Which versions answer.")
    int aliases() {
        return ask((client, answers) -> tell(client.aliases(), answers));
    }

    @Command(name = "report", description = "How the shadow's answers differ.")
    int report() {
        return ask((client, answers) -> {
            List<ShadowComparison> comparisons = client.shadowReport();
            if (answers.json()) {
                answers.json(GetShadowReportResponse.newBuilder().addAllComparisons(comparisons));
            } else if (comparisons.isEmpty()) {
                answers.say("nothing was compared yet");
            } else {
                comparisons.forEach(comparison -> tell(comparison, answers.out()));
            }
        });
    }

    @Command(name = "delete", description = "Deletes a version that is of no use any more.")
    int delete(@Parameters(paramLabel = NUMBER, description = "Its number.") long version) {
        return ask((client, answers) -> {
            client.delete(version);
            if (answers.json()) {
                answers.json(DeleteVersionResponse.getDefaultInstance());
            } else {
                answers.say("version " + version + " is deleted");
            }
        });
    }

    @Command(name = "watch", description = "What happens to the versions, until it is interrupted.")
    int watch() {
        return ask((client, answers) ->
                client.watch(event -> {
                    tell(event, answers);
                    return true;
                }));
    }

    private int ask(BiConsumer<RepositoryClient, Answers> what) {
        return Question.run(
                spec,
                server,
                (channel, answers) -> {
                    what.accept(new RepositoryClient(channel), answers);
                    return ExitCode.DONE;
                });
    }

    private static void show(List<Version> versions, Answers answers) {
        var table = answers.table("version", "state", "uploaded", "MiB", "digest", "");
        for (Version version : versions) {
            table.row(
                    Long.toString(version.getModel().getVersion()),
                    state(version),
                    time(version.getCreateTime()),
                    Format.count((version.getSizeBytes() + (1 << 20) - 1) >> 20),
                    Format.fit(version.getModel().getDigest(), 13),
                    version.getFailure());
        }
        answers.show(table);
    }

    private static String time(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds()).toString();
    }

    private static String state(Version version) {
        if (version.getState() == VersionState.VERSION_STATE_REFUSED) {
            return "refused";
        }
        return version.getRolesCount() == 0
                ? "kept"
                : version.getRolesList().stream()
                        .map(VersionsCommand::role)
                        .collect(Collectors.joining(", "));
    }

    private static String role(VersionRole role) {
        return role.name().substring("VERSION_ROLE_".length()).toLowerCase(Locale.ROOT);
    }

    private static void tell(Aliases aliases, Answers answers) {
        if (answers.json()) {
            answers.json(aliases);
        } else {
            tell(aliases, answers.out());
        }
    }

    private static void tell(Aliases aliases, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "live %s, canary %s, shadow %s%n",
                number(aliases.getLive()),
                aliases.getCanary() == 0
                        ? "none"
                        : "%d (share %s)".formatted(aliases.getCanary(), aliases.getCanaryShare()),
                number(aliases.getShadow()));
    }

    private static String number(long version) {
        return version == 0 ? "none" : Long.toString(version);
    }

    private static void tell(ShadowComparison comparison, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "shadow %d beside %d: %d compared, %d identical, %d with the same first item%n",
                comparison.getShadow().getVersion(),
                comparison.getAnswered().getVersion(),
                comparison.getComparedCount(),
                comparison.getIdenticalCount(),
                comparison.getSameFirstCount());
        out.printf(
                Locale.ROOT,
                "  overlap %.4f, scores differ by %.6f on average and %.6f at most%n",
                comparison.getMeanOverlap(),
                comparison.getMeanScoreDifference(),
                comparison.getMaxScoreDifference());
        out.printf(
                "  %d not asked, %d failed%s%n",
                comparison.getSkippedCount(),
                comparison.getFailedCount(),
                comparison.getLastFailure().isEmpty()
                        ? ""
                        : ", last: " + comparison.getLastFailure());
    }

    private static void tell(WatchVersionsResponse event, Answers answers) {
        if (answers.json()) {
            answers.jsonLine(event);
            return;
        }
        PrintWriter out = answers.out();
        String kind = event.getKind().name().substring("VERSION_EVENT_KIND_".length());
        out.print(time(event.getTime()) + "  ");
        if (event.getVersion() == 0) {
            tell(event.getAliases(), out);
        } else {
            out.printf(
                    "version %d %s %s%n",
                    event.getVersion(),
                    kind.toLowerCase(Locale.ROOT).replace('_', ' '),
                    event.getDetail());
        }
        out.flush();
    }
}
