package dev.lea.serving.rpc.security;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Setting;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// How a server proves who it is and tells its callers apart.
///
/// @param certificate     PEM file with the server's certificate and what stands between it and its CA; empty: plaintext
/// @param key             PEM file with the certificate's private key (PKCS#8, RSA or EC), given with it
/// @param clientAuthority PEM file with the CAs of callers' certificates; with it a caller without one is refused
/// @param writers         names in certificates whose holders may change things; see [Roles]
/// @param insecure        callers that cannot be told apart may reach this server from other machines, and change things
/// @param reload          how often the files are looked at, 100 ms to 1 h
public record TlsSettings(
        Optional<Path> certificate,
        Optional<Path> key,
        Optional<Path> clientAuthority,
        Set<String> writers,
        boolean insecure,
        Duration reload) {
    private static final Duration MIN_RELOAD = Duration.ofMillis(100);
    private static final Duration MAX_RELOAD = Duration.ofHours(1);
    private static final Duration RELOAD_DEFAULT = Duration.ofSeconds(10);
    private static final String TRAINER = "trainer";

    /// Plaintext.
    public static final TlsSettings NONE =
            new TlsSettings(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Set.of(TRAINER),
                    false,
                    RELOAD_DEFAULT);

    private static final Setting<Optional<Path>> CERTIFICATE =
            Setting.optionalPath(
                    "tls-certificate",
                    "PEM file with the server's certificate chain; without it calls are plaintext.");
    private static final Setting<Optional<Path>> KEY =
            Setting.optionalPath(
                    "tls-key", "PEM file with the certificate's private key: PKCS#8, RSA or EC.");
    private static final Setting<Optional<Path>> CLIENT_AUTHORITY =
            Setting.optionalPath(
                    "tls-client-ca",
                    "PEM file with the CAs of callers' certificates; with it a caller without one is refused.");
    private static final Setting<String> WRITERS =
            Setting.text(
                    "tls-writers",
                    TRAINER,
                    "Names, separated by commas, in the certificates of callers that may change things; other callers may only ask.");
    private static final Setting<Boolean> INSECURE =
            Setting.flag(
                    "insecure",
                    false,
                    "Listen beyond loopback although callers cannot be told apart: in plaintext, or letting any caller change things.");
    private static final Setting<Duration> RELOAD =
            Setting.duration(
                    "tls-reload",
                    RELOAD_DEFAULT,
                    MIN_RELOAD,
                    MAX_RELOAD,
                    "How often the PEM files are looked at; renewed ones serve new connections.");

    /// All of them, in the order of the usage text.
    public static final List<Setting<?>> ALL =
            List.of(CERTIFICATE, KEY, CLIENT_AUTHORITY, WRITERS, INSECURE, RELOAD);

    public TlsSettings {
        requireNonNull(reload, "reload");
        writers = Set.copyOf(writers);
        require(
                certificate.isPresent() == key.isPresent(),
                certificate.isPresent()
                        ? "tls-certificate needs tls-key, which is not given"
                        : "tls-key needs tls-certificate, which is not given");
        require(
                clientAuthority.isEmpty() || certificate.isPresent(),
                "tls-client-ca needs tls-certificate and tls-key, which are not given");
        require(
                reload.compareTo(MIN_RELOAD) >= 0 && reload.compareTo(MAX_RELOAD) <= 0,
                "tls-reload must be in [" + MIN_RELOAD + ", " + MAX_RELOAD + "] but is " + reload);
    }

    /// As a program was told.
    ///
    /// @param host that the program listens on
    /// @throws IllegalArgumentException if they contradict each other, or would let strangers in unasked
    public static TlsSettings of(Configuration c, String host) {
        var settings =
                new TlsSettings(
                        c.get(CERTIFICATE),
                        c.get(KEY),
                        c.get(CLIENT_AUTHORITY),
                        names(c.get(WRITERS)),
                        c.get(INSECURE),
                        c.get(RELOAD));
        require(
                settings.enabled() || settings.insecure || isLoopback(host),
                "host is "
                        + host
                        + ", which other machines may reach, in plaintext: give tls-certificate and tls-key, or insecure");
        return settings;
    }

    /// Whether calls are encrypted.
    public boolean enabled() {
        return certificate.isPresent();
    }

    /// What a caller may do who shows no certificate, or one that names no writer.
    ///
    /// @param host that is listened on
    Role unnamed(String host) {
        return clientAuthority.isEmpty() && (insecure || isLoopback(host))
                ? Role.WRITER
                : Role.READER;
    }

    private static Set<String> names(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host))
                    .allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
