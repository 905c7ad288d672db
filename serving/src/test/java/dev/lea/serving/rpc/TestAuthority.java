package dev.lea.serving.rpc;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority of a test's own, whose PEM files lie in a folder.
final class TestAuthority {
    static final Duration DAY = Duration.ofDays(1);

    private final Path folder;
    private final X500Principal name;
    private final KeyPair keys;
    private final Path file;

    /// PEM files of a certificate and its key.
    record Pair(Path certificate, Path key) {}

    TestAuthority(Path folder, String name) throws Exception {
        this.folder = folder;
        this.name = new X500Principal("CN=" + name);
        keys = keys();
        Instant now = Instant.now();
        file = folder.resolve(name + ".pem");
        write(
                file,
                "CERTIFICATE",
                sign(this.name, keys, now.minus(DAY), now.plus(DAY), true).getEncoded());
    }

    /// Its own certificate.
    Path file() {
        return file;
    }

    /// A certificate that is valid today.
    ///
    /// @param commonName and name of the files
    /// @param alternatives DNS names; one with a colon is a URI, one of digits and dots an address
    Pair issue(String commonName, String... alternatives) throws Exception {
        Instant now = Instant.now();
        return issue(commonName, now.minus(DAY), now.plus(DAY), alternatives);
    }

    Pair issue(String commonName, Instant from, Instant to, String... alternatives)
            throws Exception {
        KeyPair own = keys();
        var signed =
                sign(new X500Principal("CN=" + commonName), own, from, to, false, alternatives);
        var pair =
                new Pair(folder.resolve(commonName + ".pem"), folder.resolve(commonName + ".key"));
        write(pair.certificate(), "CERTIFICATE", signed.getEncoded());
        write(pair.key(), "PRIVATE KEY", own.getPrivate().getEncoded());
        return pair;
    }

    private X509Certificate sign(
            X500Principal subject,
            KeyPair subjectKeys,
            Instant from,
            Instant to,
            boolean authority,
            String... alternatives)
            throws Exception {
        var builder =
                new JcaX509v3CertificateBuilder(
                        name,
                        new BigInteger(64, new SecureRandom()),
                        Date.from(from),
                        Date.from(to),
                        subject,
                        subjectKeys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        if (alternatives.length > 0) {
            GeneralName[] names =
                    Arrays.stream(alternatives)
                            .map(text -> new GeneralName(kind(text), text))
                            .toArray(GeneralName[]::new);
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        }
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(keys.getPrivate())));
    }

    private static int kind(String text) {
        if (text.contains(":")) {
            return GeneralName.uniformResourceIdentifier;
        }
        return text.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName;
    }

    private static KeyPair keys() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static void write(Path file, String what, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(
                file, "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }
}
