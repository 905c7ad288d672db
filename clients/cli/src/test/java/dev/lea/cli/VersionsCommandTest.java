package dev.lea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.repository.v1.Aliases;
import dev.lea.proto.repository.v1.DeleteVersionRequest;
import dev.lea.proto.repository.v1.DeleteVersionResponse;
import dev.lea.proto.repository.v1.GetShadowReportRequest;
import dev.lea.proto.repository.v1.GetShadowReportResponse;
import dev.lea.proto.repository.v1.ListVersionsRequest;
import dev.lea.proto.repository.v1.ListVersionsResponse;
import dev.lea.proto.repository.v1.ModelRepositoryServiceGrpc.ModelRepositoryServiceImplBase;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetCanaryResponse;
import dev.lea.proto.repository.v1.ShadowComparison;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionEventKind;
import dev.lea.proto.repository.v1.VersionRole;
import dev.lea.proto.repository.v1.WatchVersionsRequest;
import dev.lea.proto.repository.v1.WatchVersionsResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class VersionsCommandTest {
    private static final class FakeRepository extends ModelRepositoryServiceImplBase {
        @Override
        public void listVersions(
                ListVersionsRequest request, StreamObserver<ListVersionsResponse> out) {
            out.onNext(
                    ListVersionsResponse.newBuilder()
                            .addVersions(
                                    Version.newBuilder()
                                            .setModel(
                                                    ModelVersion.newBuilder()
                                                            .setVersion(7)
                                                            .setDigest("abcdef0123456789"))
                                            .setCreateTime(
                                                    Timestamp.newBuilder()
                                                            .setSeconds(1_700_000_000))
                                            .setSizeBytes(3 << 20)
                                            .addRoles(VersionRole.VERSION_ROLE_CANARY))
                            .build());
            out.onCompleted();
        }

        @Override
        public void setCanary(SetCanaryRequest request, StreamObserver<SetCanaryResponse> out) {
            out.onNext(
                    SetCanaryResponse.newBuilder()
                            .setAliases(
                                    Aliases.newBuilder()
                                            .setLive(1)
                                            .setCanary(request.getVersion())
                                            .setCanaryShare(request.getShare()))
                            .build());
            out.onCompleted();
        }

        @Override
        public void deleteVersion(
                DeleteVersionRequest request, StreamObserver<DeleteVersionResponse> out) {
            out.onError(
                    Status.FAILED_PRECONDITION
                            .withDescription("version 1 is live")
                            .asRuntimeException());
        }

        @Override
        public void getShadowReport(
                GetShadowReportRequest request, StreamObserver<GetShadowReportResponse> out) {
            out.onNext(
                    GetShadowReportResponse.newBuilder()
                            .addComparisons(
                                    ShadowComparison.newBuilder()
                                            .setAnswered(ModelVersion.newBuilder().setVersion(1))
                                            .setShadow(ModelVersion.newBuilder().setVersion(2))
                                            .setComparedCount(40)
                                            .setMeanOverlap(0.75)
                                            .setFailedCount(1)
                                            .setLastFailure("UNKNOWN_ITEM: x"))
                            .build());
            out.onCompleted();
        }

        @Override
        public void watchVersions(
                WatchVersionsRequest request, StreamObserver<WatchVersionsResponse> out) {
            out.onNext(
                    WatchVersionsResponse.newBuilder()
                            .setKind(VersionEventKind.VERSION_EVENT_KIND_SNAPSHOT)
                            .setAliases(Aliases.newBuilder().setLive(1))
                            .build());
            out.onNext(
                    WatchVersionsResponse.newBuilder()
                            .setKind(VersionEventKind.VERSION_EVENT_KIND_CANARY_ENDED)
                            .setVersion(2)
                            .build());
            out.onError(Status.UNAVAILABLE.asRuntimeException());
        }
    }

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Server server;

    @BeforeEach
    void start() throws IOException {
        server =
                Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                        .addService(new FakeRepository())
                        .build()
                        .start();
    }

    @AfterEach
    void stop() {
        server.shutdownNow();
    }

    @Test
    void list_showsVersionsWithTheirRoles() {
        assertThat(run("list")).isZero();
        assertThat(out.toString()).contains("7", "canary", "2023-11-14T22:13:20", "3", "abcdef");
    }

    @Test
    void canary_tellsWhatAnswersNow() {
        assertThat(run("canary", "3", "--share", "0.25")).isZero();
        assertThat(out.toString()).contains("live 1, canary 3 (share 0.25), shadow none");
    }

    @Test
    void report_tellsTheDifferences() {
        assertThat(run("report")).isZero();
        assertThat(out.toString())
                .contains("shadow 2 beside 1: 40 compared")
                .contains("overlap 0.7500")
                .contains("1 failed, last: UNKNOWN_ITEM: x");
    }

    @Test
    void watch_tellsEachEvent_andWhyItEnds() {
        assertThat(run("watch")).isEqualTo(3);
        assertThat(out.toString())
                .contains("live 1, canary none")
                .contains("version 2 canary ended");
        assertThat(err.toString()).contains("UNAVAILABLE");
    }

    @Test
    void delete_refused_saysWhyAndEndsWithOne() {
        assertThat(run("delete", "1")).isEqualTo(1);
        assertThat(err.toString()).startsWith("lea: ").contains("version 1 is live");
    }

    @Test
    void anything_askedWrongly_endsWithTwo() {
        assertThat(run("activate", "x")).isEqualTo(2);
        assertThat(run("upload", "/nowhere")).isEqualTo(2);
        assertThat(err.toString()).contains("/nowhere");
        assertThat(run("list", "--server", "nowhere")).isEqualTo(2);
        assertThat(err.toString()).contains("endpoint must be host:port");
    }

    private int run(String... arguments) {
        var all = new ArrayList<>(List.of("versions"));
        all.addAll(List.of(arguments));
        if (!all.contains("--server")) {
            all.addAll(List.of("--server", "127.0.0.1:" + server.getPort()));
        }
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }
}
