package dev.lea.cli;

import com.google.protobuf.Timestamp;
import dev.lea.cli.terminal.Format;
import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Table;
import dev.lea.client.Endpoint;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.client.RepositoryClient;
import dev.lea.proto.repository.v1.ActivateVersionResponse;
import dev.lea.proto.repository.v1.Aliases;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
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

    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7072",
            scope = ScopeType.INHERIT,
            description = "The server. Default: ${DEFAULT-VALUE}, where agent-server listens.")
    private String server;

    @Command(name = "list", description = "Versions kept there, newest first.")
    int list() {
        return ask((client, out) -> {
            var table =
                    new Table(
                            new Style(false), "version", "state", "uploaded", "MiB", "digest", "");
            for (Version version : client.list()) {
                table.row(
                        Long.toString(version.getModel().getVersion()),
                        state(version),
                        time(version.getCreateTime()),
                        Format.count((version.getSizeBytes() + (1 << 20) - 1) >> 20),
                        Format.fit(version.getModel().getDigest(), 13),
                        version.getFailure());
            }
            table.lines().forEach(out::println);
        });
    }

    @Command(
            name = "upload",
            description = "Uploads a bundle, or goes on with an upload that was cut.")
    int upload(
            @Parameters(paramLabel = "DIR", description = "The bundle's folder.") Path folder,
            @Option(names = "--activate", description = "Makes it live, too.") boolean activate) {
        return ask((client, out) -> {
            long version = client.upload(folder).getModel().getVersion();
            out.println("version " + version + " is kept");
            if (activate) {
                tell(client.activate(version), out);
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
        return ask((client, out) -> tell(client.activate(version, expected), out));
    }

    @Command(
            name = "rollback",
            description = "Makes the version live that was live before the present one.")
    int rollBack() {
        return ask((client, out) -> {
            var done = client.rollBack();
            out.printf(
                    "version %d is live again; version %d was%n",
                    done.getVersion().getModel().getVersion(),
                    done.getPrevious().getModel().getVersion());
        });
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
        return ask((client, out) -> tell(client.setCanary(version, share), out));
    }

    @Command(name = "shadow", description = "Lets a version be asked too, and compared.")
    int shadow(
            @Parameters(paramLabel = NUMBER, description = "Its number; 0 for no shadow.")
                    long version) {
        return ask((client, out) -> tell(client.setShadow(version), out));
    }

    @Command(name = "aliases", description = "Which versions answer.")
    int aliases() {
        return ask((client, out) -> tell(client.aliases(), out));
    }

    @Command(name = "report", description = "How the shadow's answers differ.")
    int report() {
        return ask((client, out) -> {
            List<ShadowComparison> comparisons = client.shadowReport();
            if (comparisons.isEmpty()) {
                out.println("nothing was compared yet");
            }
            comparisons.forEach(comparison -> tell(comparison, out));
        });
    }

    @Command(name = "delete", description = "Deletes a version that is of no use any more.")
    int delete(@Parameters(paramLabel = NUMBER, description = "Its number.") long version) {
        return ask((client, out) -> {
            client.delete(version);
            out.println("version " + version + " is deleted");
        });
    }

    @Command(name = "watch", description = "What happens to the versions, until it is interrupted.")
    int watch() {
        return ask((client, out) ->
                client.watch(event -> {
                    tell(event, out);
                    return true;
                }));
    }

    private int ask(BiConsumer<RepositoryClient, PrintWriter> what) {
        PrintWriter out = spec.commandLine().getOut();
        try (var channel = LeaChannel.open(Endpoint.parse(server))) {
            what.accept(new RepositoryClient(channel), out);
            return 0;
        } catch (LeaException e) {
            spec.commandLine().getErr().println("lea: " + e.getMessage());
            return 1;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        } finally {
            out.flush();
        }
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

    private static void tell(ActivateVersionResponse done, PrintWriter out) {
        out.printf("version %d is live", done.getVersion().getModel().getVersion());
        out.println(
                done.hasPrevious()
                        ? "; before it " + done.getPrevious().getModel().getVersion()
                        : "");
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

    private static void tell(WatchVersionsResponse event, PrintWriter out) {
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
