package dev.lea.client;

import static java.util.Objects.requireNonNull;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// How a client knows a server, and shows who it is itself.
///
/// The files are looked at again every minute, so that a channel outlives the certificates that it began with.
///
/// @param authority   PEM file with the CAs of servers' certificates; empty: the CAs that the platform trusts
/// @param certificate PEM file with the client's own certificate chain, where the server asks for one
/// @param key         PEM file with the certificate's private key (PKCS#8, RSA or EC), given with it
/// @param serverName  expected in the server's certificate; empty: the endpoint's host
public record Tls(
        Optional<Path> authority,
        Optional<Path> certificate,
        Optional<Path> key,
        Optional<String> serverName) {
    private static final long RELOAD_MINUTES = 1;

    /// Servers with certificates of public CAs, that ask for none.
    public static final Tls PLATFORM =
            new Tls(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public Tls {
        requireNonNull(authority, "authority");
        requireNonNull(serverName, "serverName");
        if (certificate.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException(
                    certificate.isPresent()
                            ? "a client's certificate needs its key, which is not given"
                            : "a client's key needs its certificate, which is not given");
        }
    }

    public Tls withAuthority(Path file) {
        return new Tls(Optional.of(file), certificate, key, serverName);
    }

    public Tls withIdentity(Path certificateFile, Path keyFile) {
        return new Tls(authority, Optional.of(certificateFile), Optional.of(keyFile), serverName);
    }

    public Tls withServerName(String name) {
        return new Tls(authority, certificate, key, Optional.of(name));
    }

    /// Credentials that follow the files until they are closed.
    ///
    /// @throws IllegalArgumentException that names the file which cannot be used
    Credentials open() {
        var clock =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("tls-reload").factory());
        try {
            var builder = TlsChannelCredentials.newBuilder();
            if (authority.isPresent()) {
                builder.trustManager(trust(authority.get(), clock));
            }
            if (certificate.isPresent()) {
                builder.keyManager(identity(certificate.get(), key.orElseThrow(), clock));
            }
            return new Credentials(builder.build(), clock);
        } catch (RuntimeException e) {
            clock.shutdownNow();
            throw e;
        }
    }

    /// @param channel for the channel's builder
    /// @param clock   looks at the files
    record Credentials(ChannelCredentials channel, ScheduledExecutorService clock)
            implements AutoCloseable {
        @Override
        public void close() {
            clock.shutdownNow();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the clock ends with the credentials
    private static AdvancedTlsX509TrustManager trust(Path file, ScheduledExecutorService clock) {
        try {
            var trust = AdvancedTlsX509TrustManager.newBuilder().build();
            trust.updateTrustCredentials(readable(file), RELOAD_MINUTES, TimeUnit.MINUTES, clock);
            return trust;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "the CA file " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static AdvancedTlsX509KeyManager identity(
            Path certificate, Path key, ScheduledExecutorService clock) {
        try {
            var identity = new AdvancedTlsX509KeyManager();
            identity.updateIdentityCredentials(
                    readable(certificate), readable(key), RELOAD_MINUTES, TimeUnit.MINUTES, clock);
            return identity;
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "the certificate "
                            + certificate
                            + " and the key "
                            + key
                            + " (PEM, PKCS#8) cannot be used: "
                            + e.getMessage(),
                    e);
        }
    }

    private static File readable(Path path) throws IOException {
        File file = path.toFile();
        if (!file.canRead()) {
            throw new IOException(path + " is not a file that can be read");
        }
        return file;
    }
}
