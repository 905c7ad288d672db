package dev.lea.serving.rpc.security;

import dev.lea.serving.config.StartFailure;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Encrypts a server's connections, by TLS 1.3 or 1.2, and takes over what its PEM files hold when they change.
///
/// A change serves connections that are made after it; those that stand go on undisturbed. Files that cannot be
/// served with, for instance when they are looked at while they are being written, leave everything as it was and
/// are looked at again.
public final class ServerTls implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServerTls.class);
    private static final long HANDSHAKE_SECONDS = 10;

    private final TlsSettings settings;
    private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
    private final AdvancedTlsX509TrustManager authorities;
    private final Counter taken;
    private final Counter refused;
    private final ScheduledExecutorService clock;
    private volatile Identity current;
    private String lastProblem = ""; // by the clock's thread alone

    private ServerTls(TlsSettings settings, Identity first, MeterRegistry registry)
            throws GeneralSecurityException, IOException {
        this.settings = settings;
        authorities =
                AdvancedTlsX509TrustManager.newBuilder()
                        .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
                        .build();
        taken = reloads(registry, "taken");
        refused = reloads(registry, "refused");
        current = first;
        use(first);
        TimeGauge.builder(
                        "lea.tls.certificate.expiry.timestamp",
                        () -> current.expiry().getEpochSecond(),
                        TimeUnit.SECONDS)
                .description("when the server's certificate ends, in seconds since 1970")
                .register(registry);
        clock =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("tls-reload").factory());
    }

    /// Reads the files, lets `server` be reached by TLS alone, and keeps looking at them.
    ///
    /// @throws StartFailure if a file cannot be served with; the message names it
    public static ServerTls on(
            NettyServerBuilder server, TlsSettings settings, MeterRegistry registry) {
        try {
            var tls = new ServerTls(settings, Identity.read(settings), registry);
            var context =
                    GrpcSslContexts.configure(SslContextBuilder.forServer(tls.keys))
                            .protocols("TLSv1.3", "TLSv1.2");
            if (settings.clientAuthority().isPresent()) {
                context.trustManager(tls.authorities).clientAuth(ClientAuth.REQUIRE);
            }
            server.sslContext(context.build())
                    .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
            tls.watch();
            return tls;
        } catch (Identity.Unfit e) {
            throw new StartFailure(e.getMessage());
        } catch (GeneralSecurityException | IOException e) {
            throw new StartFailure("TLS cannot be set up: " + e);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a look throws nothing, and ends with the clock
    private void watch() {
        long period = settings.reload().toNanos();
        clock.scheduleWithFixedDelay(this::look, period, period, TimeUnit.NANOSECONDS);
    }

    /// Stops looking at the files.
    @Override
    public void close() {
        clock.shutdownNow();
    }

    private void look() {
        try {
            Identity found = Identity.read(settings);
            lastProblem = "";
            if (!found.fingerprint().equals(current.fingerprint())) {
                use(found);
                current = found;
                taken.increment();
                log.info(
                        "the TLS files have changed and are used for new connections; the certificate is {}'s, until {}",
                        found.chain()[0].getSubjectX500Principal(),
                        found.expiry());
            }
        } catch (Identity.Unfit | GeneralSecurityException | IOException e) {
            refused.increment();
            if (!lastProblem.equals(e.getMessage())) {
                lastProblem = String.valueOf(e.getMessage());
                log.error(
                        "the TLS files as they are now cannot be used, the last ones stay: {}",
                        lastProblem);
            }
        } catch (RuntimeException e) {
            log.error("the TLS files were not looked at", e);
        }
    }

    private void use(Identity identity) throws GeneralSecurityException, IOException {
        if (identity.authorities().isPresent()) {
            authorities.updateTrustCredentials(identity.authorities().get());
        }
        keys.updateIdentityCredentials(identity.chain(), identity.key());
    }

    private static Counter reloads(MeterRegistry registry, String result) {
        return Counter.builder("lea.tls.reloads")
                .description("looks at changed TLS files, by whether they were taken over")
                .tag("result", result)
                .register(registry);
    }
}
