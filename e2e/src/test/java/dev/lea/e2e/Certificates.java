package dev.lea.e2e;

import dev.lea.client.Tls;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// A certificate authority of a test's own, made with the JDK's keytool, and certificates for this machine.
final class Certificates {
    private static final String PASSWORD = "secret";
    private static final String AUTHORITY = "authority";

    private final Path folder;
    private final Path store;

    Certificates(Path folder) throws Exception {
        this.folder = Files.createDirectories(folder);
        store = folder.resolve("store.p12");
        generate(AUTHORITY, "-ext", "bc:c");
        pem(AUTHORITY + ".pem", "CERTIFICATE", open().getCertificate(AUTHORITY).getEncoded());
    }

    /// Makes `name.pem` and `name.key`.
    void issue(String name) throws Exception {
        generate(name, "-signer", AUTHORITY, "-ext", "san=dns:" + name + ",ip:127.0.0.1");
        KeyStore keys = open();
        var key = keys.getKey(name, PASSWORD.toCharArray());
        Certificate own = keys.getCertificateChain(name)[0];
        pem(name + ".pem", "CERTIFICATE", own.getEncoded());
        pem(name + ".key", "PRIVATE KEY", key.getEncoded());
    }

    /// What a server is started with, so that callers need certificates.
    List<String> server(String name) {
        return List.of(
                "--tls-certificate=" + file(name + ".pem"),
                "--tls-key=" + file(name + ".key"),
                "--tls-client-ca=" + file(AUTHORITY + ".pem"));
    }

    /// What the trainer is started with beside that.
    String peers() {
        return "--peer-ca=" + file(AUTHORITY + ".pem");
    }

    /// A caller with the certificate of this name.
    Tls client(String name) {
        return Tls.PLATFORM
                .withAuthority(file(AUTHORITY + ".pem"))
                .withIdentity(file(name + ".pem"), file(name + ".key"));
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private void generate(String name, String... more) throws Exception {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                name,
                                "-dname",
                                "CN=" + name,
                                "-keyalg",
                                "EC",
                                "-validity",
                                "2",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                PASSWORD));
        command.addAll(List.of(more));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError("keytool: " + said);
        }
    }

    private KeyStore open() throws Exception {
        var keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private void pem(String name, String what, byte[] der) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                file(name),
                "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }
}
