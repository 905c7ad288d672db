package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.config.StartFailure;
import dev.lea.serving.rpc.security.TlsSettings;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NegotiationType;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Who gets in, over real connections, and who does not.
@Timeout(60)
class TlsTest {
    private static final String SERVER_NAME = "agent.lea.test";

    @TempDir private Path folder;
    private TestAuthority authority;
    private TestAuthority.Pair reader;
    private TestAuthority.Pair trainer;
    private RpcServer server;
    private ManagedChannel channel;

    @BeforeEach
    void startServer() throws Exception {
        authority = new TestAuthority(folder, "authority");
        reader = authority.issue("reader");
        trainer = authority.issue("trainer");
        server = start(mutual(authority.issue("server", SERVER_NAME)));
    }

    @AfterEach
    void close() {
        if (channel != null) {
            channel.shutdownNow();
        }
        server.close();
    }

    @Test
    void call_readersCertificate_mayAskAndNotChange() throws Exception {
        open(client(reader));

        assertThat(ask()).isEqualTo("hello");
        StatusRuntimeException refusal = refusal(Echo.CHANGE);
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refusal.getStatus().getDescription()).contains("test.Echo/Change", "reader");
    }

    @Test
    void call_writersCertificate_mayChange() throws Exception {
        open(client(trainer));

        assertThat(call(Echo.CHANGE)).isEqualTo("hello");
    }

    @Test
    void call_writersNameIsAUri_mayChange() throws Exception {
        open(client(authority.issue("somebody", "spiffe://lea.test/trainer")));

        assertThat(call(Echo.CHANGE)).isEqualTo("hello");
    }

    @Test
    void call_writersNameIsTheCommonNameBesideOtherNames_mayNotChange() throws Exception {
        open(client(authority.issue("trainer", "other.lea.test")));

        assertThat(refusal(Echo.CHANGE).getStatus().getCode())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void call_noCertificate_isRefused() throws Exception {
        open(GrpcSslContexts.forClient().trustManager(authority.file().toFile()));

        assertRefused("ALERT_CERTIFICATE_REQUIRED");
    }

    @Test
    void call_certificateOfAnotherAuthority_isRefused() throws Exception {
        // of the same name, so that the client does not hold its certificate back
        Path other = Files.createDirectory(folder.resolve("other"));
        open(client(new TestAuthority(other, "authority").issue("trainer")));

        assertRefused("ALERT_");
    }

    @Test
    void call_expiredCertificate_isRefused() throws Exception {
        Instant now = Instant.now();
        open(
                client(
                        authority.issue(
                                "trainer", now.minus(Duration.ofHours(2)), now.minusSeconds(60))));

        assertRefused("ALERT_CERTIFICATE_EXPIRED");
    }

    @Test
    void call_certificateNotYetValid_isRefused() throws Exception {
        Instant now = Instant.now();
        open(client(authority.issue("trainer", now.plusSeconds(600), now.plusSeconds(6000))));

        assertRefused("ALERT_CERTIFICATE_EXPIRED");
    }

    @Test
    void call_serverHasAnotherName_isRefusedByTheClient() throws Exception {
        channel = channel(client(reader)).overrideAuthority("env.lea.test").build();

        assertRefused("No subject alternative DNS name matching env.lea.test");
    }

    @Test
    void call_serverOfAnotherAuthority_isRefusedByTheClient() throws Exception {
        var stranger = new TestAuthority(folder, "stranger");
        open(
                GrpcSslContexts.forClient()
                        .trustManager(stranger.file().toFile())
                        .keyManager(reader.certificate().toFile(), reader.key().toFile()));

        assertRefused("PKIX path building failed");
    }

    @Test
    void call_plaintext_isRefused() {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();

        assertRefused("Network closed");
    }

    @Test
    void call_oldTls_isRefused() throws Exception {
        open(client(reader).protocols("TLSv1.1").ciphers(null));

        assertRefused("ALERT_PROTOCOL_VERSION");
    }

    @Test
    void call_tls12_isAnswered() throws Exception {
        open(client(reader).protocols("TLSv1.2"));

        assertThat(ask()).isEqualTo("hello");
    }

    @Test
    void reload_renewedFiles_serveNewConnectionsAndKeepOldOnes() throws Exception {
        open(client(reader));
        assertThat(ask()).isEqualTo("hello");
        var other = new TestAuthority(Files.createDirectory(folder.resolve("other")), "other");
        var renewed = other.issue("server", SERVER_NAME);

        // the certificate first: for a while the key is another's, which must harm nobody
        replace(renewed.certificate(), folder.resolve("server.pem"));
        awaitReload("refused");
        assertThat(ask()).isEqualTo("hello");
        replace(renewed.key(), folder.resolve("server.key"));
        awaitReload("taken");

        assertThat(ask()).as("the connection that stood").isEqualTo("hello");
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        open(client(reader));
        assertRefused("PKIX path building failed");
        channel.shutdownNow();
        open(
                GrpcSslContexts.forClient()
                        .trustManager(other.file().toFile())
                        .keyManager(reader.certificate().toFile(), reader.key().toFile()));
        assertThat(ask()).as("a new connection, by the new certificate").isEqualTo("hello");
    }

    @Test
    void start_tlsWithoutClientAuthorityBeyondLoopback_nobodyMayChange() throws Exception {
        server.close();
        var pair = authority.issue("server", SERVER_NAME);
        server = start(settings(pair, Optional.empty()), "0.0.0.0");
        open(GrpcSslContexts.forClient().trustManager(authority.file().toFile()));

        assertThat(ask()).isEqualTo("hello");
        assertThat(refusal(Echo.CHANGE).getStatus().getDescription())
                .contains("a caller without a certificate");
    }

    @Test
    void start_keyOfAnotherCertificate_isAFailureThatNamesBothFiles() throws Exception {
        var pair = new TestAuthority.Pair(reader.certificate(), trainer.key());

        assertThatThrownBy(() -> start(mutual(pair)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContainingAll(
                        "reader.pem", "trainer.key is not the key of the certificate");
    }

    @Test
    void start_expiredCertificate_isAFailureWithItsTime() throws Exception {
        Instant end = Instant.now().minusSeconds(60);
        var pair = authority.issue("old", end.minusSeconds(60), end, SERVER_NAME);

        assertThatThrownBy(() -> start(mutual(pair)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("old.pem expired at ");
    }

    @Test
    void start_fileIsNotThere_isAFailureThatNamesIt() {
        var pair =
                new TestAuthority.Pair(folder.resolve("absent.pem"), folder.resolve("absent.key"));

        assertThatThrownBy(() -> start(mutual(pair)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("absent.pem cannot be read");
    }

    private TlsSettings mutual(TestAuthority.Pair pair) {
        return settings(pair, Optional.of(authority.file()));
    }

    private static TlsSettings settings(TestAuthority.Pair pair, Optional<Path> clientAuthority) {
        return new TlsSettings(
                Optional.of(pair.certificate()),
                Optional.of(pair.key()),
                clientAuthority,
                Set.of("trainer", "spiffe://lea.test/trainer"),
                false,
                Duration.ofMillis(100));
    }

    private static RpcServer start(TlsSettings tls) {
        return start(tls, "127.0.0.1");
    }

    private static RpcServer start(TlsSettings tls, String host) {
        var echo =
                Service.nonBlocking(
                                Echo.service((request, observer) -> {
                                    observer.onNext(request);
                                    observer.onCompleted();
                                }))
                        .readable("Call");
        return RpcServer.start(
                RpcSettings.DEFAULT.withHost(host).withGrace(Duration.ofMillis(100)).withTls(tls),
                new Health(),
                List.of(echo));
    }

    private SslContextBuilder client(TestAuthority.Pair pair) {
        return GrpcSslContexts.forClient()
                .trustManager(authority.file().toFile())
                .keyManager(pair.certificate().toFile(), pair.key().toFile());
    }

    private NettyChannelBuilder channel(SslContextBuilder tls) throws SSLException {
        return NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .negotiationType(NegotiationType.TLS)
                .overrideAuthority(SERVER_NAME)
                .sslContext(tls.build());
    }

    private void open(SslContextBuilder tls) throws SSLException {
        channel = channel(tls).build();
    }

    private String ask() {
        return call(Echo.CALL);
    }

    private String call(MethodDescriptor<String, String> method) {
        return ClientCalls.blockingUnaryCall(
                channel,
                method,
                CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
                "hello");
    }

    private StatusRuntimeException refusal(MethodDescriptor<String, String> method) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> call(method));
    }

    /// The connection is never made; that the server itself is well, another test says.
    private void assertRefused(String why) {
        StatusRuntimeException refusal = refusal(Echo.CALL);
        assertThat(refusal).isNotNull();
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(Throwables.getStackTrace(refusal)).contains(why);
    }

    private void awaitReload(String result) {
        var counter = server.registry().get("lea.tls.reloads").tag("result", result).counter();
        while (counter.count() == 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void replace(Path from, Path to) throws IOException {
        Path whole = to.resolveSibling(to.getFileName() + ".new");
        Files.copy(from, whole, StandardCopyOption.REPLACE_EXISTING);
        Files.move(whole, to, StandardCopyOption.ATOMIC_MOVE);
    }
}
