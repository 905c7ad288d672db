package dev.lea.serving.rpc.security;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/// What the PEM files of a server hold, checked.
///
/// @param chain       the server's certificate first
/// @param key         of the certificate
/// @param authorities of callers' certificates; empty: callers show none
/// @param fingerprint differs where any byte of the files does
record Identity(
        X509Certificate[] chain,
        PrivateKey key,
        Optional<X509Certificate[]> authorities,
        String fingerprint) {
    private static final byte[] NONCE =
            "a key fits its certificate".getBytes(StandardCharsets.UTF_8);

    /// The files cannot be served with; the message names the file and what is wrong with it.
    static final class Unfit extends Exception {
        Unfit(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// Reads and checks the files.
    ///
    /// @throws Unfit if one cannot be read, the key is not the certificate's, or the certificate is not valid now
    static Identity read(TlsSettings settings) throws Unfit {
        Path certificateFile = settings.certificate().orElseThrow();
        Path keyFile = settings.key().orElseThrow();
        byte[] certificateBytes = bytes(certificateFile);
        byte[] keyBytes = bytes(keyFile);
        X509Certificate[] chain = certificates(certificateFile, certificateBytes);
        PrivateKey key = key(keyFile, keyBytes);
        expectPair(chain[0], certificateFile, key, keyFile);
        expectValid(chain[0], certificateFile);
        String fingerprint = digest(certificateBytes) + digest(keyBytes);
        Optional<X509Certificate[]> authorities = Optional.empty();
        if (settings.clientAuthority().isPresent()) {
            Path file = settings.clientAuthority().get();
            byte[] authorityBytes = bytes(file);
            authorities = Optional.of(certificates(file, authorityBytes));
            fingerprint += digest(authorityBytes);
        }
        return new Identity(chain, key, authorities, fingerprint);
    }

    /// When the server's certificate ends.
    Instant expiry() {
        return chain[0].getNotAfter().toInstant();
    }

    private static byte[] bytes(Path file) throws Unfit {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Unfit(file + " cannot be read: " + e, e);
        }
    }

    private static X509Certificate[] certificates(Path file, byte[] bytes) throws Unfit {
        try {
            X509Certificate[] read =
                    CertificateUtils.getX509Certificates(new ByteArrayInputStream(bytes));
            if (read.length > 0) {
                return read;
            }
        } catch (GeneralSecurityException e) {
            throw new Unfit(file + " is not a PEM file of certificates: " + e.getMessage(), e);
        }
        throw new Unfit(file + " holds no certificate", null);
    }

    private static PrivateKey key(Path file, byte[] bytes) throws Unfit {
        try {
            return CertificateUtils.getPrivateKey(new ByteArrayInputStream(bytes));
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw new Unfit(
                    file
                            + " is not a PEM file of an unencrypted PKCS#8 key, RSA or EC, that begins -----BEGIN PRIVATE KEY-----",
                    e);
        }
    }

    private static void expectPair(
            X509Certificate certificate, Path certificateFile, PrivateKey key, Path keyFile)
            throws Unfit {
        try {
            var signature = Signature.getInstance("SHA256with" + algorithm(key));
            signature.initSign(key);
            signature.update(NONCE);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(NONCE);
            if (signature.verify(signed)) {
                return;
            }
        } catch (GeneralSecurityException e) {
            throw new Unfit(notAPair(certificateFile, keyFile) + ": " + e.getMessage(), e);
        }
        throw new Unfit(notAPair(certificateFile, keyFile), null);
    }

    private static String algorithm(PrivateKey key) {
        return key.getAlgorithm().equals("EC") ? "ECDSA" : key.getAlgorithm();
    }

    private static String notAPair(Path certificateFile, Path keyFile) {
        return keyFile + " is not the key of the certificate in " + certificateFile;
    }

    private static void expectValid(X509Certificate certificate, Path file) throws Unfit {
        Instant now = Instant.now();
        Instant from = certificate.getNotBefore().toInstant();
        Instant to = certificate.getNotAfter().toInstant();
        if (now.isAfter(to)) {
            throw new Unfit("the certificate in " + file + " expired at " + to, null);
        }
        if (now.isBefore(from)) {
            throw new Unfit("the certificate in " + file + " is not valid before " + from, null);
        }
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
