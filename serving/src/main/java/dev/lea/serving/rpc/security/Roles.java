package dev.lea.serving.rpc.security;

import static java.util.Objects.requireNonNullElse;

import dev.lea.serving.Failure;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Refuses calls that their caller's role does not allow, and writes down who changed what.
///
/// A caller's names are the DNS names and URIs among its certificate's subject alternative names, and its subject's
/// common name where it has neither. One of them among the writers makes a writer; any other caller is a reader.
public final class Roles implements ServerInterceptor {
    private static final Logger log = LoggerFactory.getLogger(Roles.class);
    private static final Attributes.Key<Caller> CALLER = Attributes.Key.create("lea.caller");
    private static final int DNS_NAME = 2; // RFC 5280, GeneralName
    private static final int URI = 6;

    /// @param names as its certificate says; empty without one
    private record Caller(List<String> names, Role role) {
        @Override
        public String toString() {
            return names.isEmpty() ? "a caller without a certificate" : String.join(", ", names);
        }
    }

    private final Set<String> writing;
    private final Set<String> writers;
    private final Role unnamed;

    /// @param writing  full names of the methods that writers alone may call
    /// @param settings of the server
    /// @param host     that it listens on
    public Roles(Set<String> writing, TlsSettings settings, String host) {
        this.writing = Set.copyOf(writing);
        this.writers = settings.writers();
        this.unnamed = settings.unnamed(host);
    }

    /// Finds out who is on the other side once a connection, not once a call.
    public ServerTransportFilter recognise() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes transport) {
                return transport.toBuilder().set(CALLER, caller(transport)).build();
            }
        };
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String method = call.getMethodDescriptor().getFullMethodName();
        if (writing.contains(method)) {
            Caller caller =
                    requireNonNullElse(
                            call.getAttributes().get(CALLER), new Caller(List.of(), unnamed));
            if (caller.role != Role.WRITER) {
                throw new Failure.Forbidden(
                        "WRITER_REQUIRED",
                        method
                                + " changes things, which the certificates of writers allow alone; this call is by "
                                + caller,
                        Map.of("method", method, "caller", caller.toString()));
            }
            log.info("{} by {}", method, caller);
        }
        return next.startCall(call, headers);
    }

    private Caller caller(Attributes transport) {
        SSLSession session = transport.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        List<String> names = session == null ? List.of() : names(session);
        return new Caller(
                names, names.stream().anyMatch(writers::contains) ? Role.WRITER : unnamed);
    }

    private static List<String> names(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate certificate
                    ? names(certificate)
                    : List.of();
        } catch (SSLPeerUnverifiedException e) {
            return List.of(); // callers are not asked for certificates
        }
    }

    private static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                if (alternative.get(0) instanceof Integer kind
                        && (kind == DNS_NAME || kind == URI)) {
                    names.add(String.valueOf(alternative.get(1)));
                }
            }
            if (names.isEmpty()) {
                for (Rdn part :
                        new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                    if (part.getType().equalsIgnoreCase("CN")) {
                        names.add(String.valueOf(part.getValue()));
                    }
                }
            }
        } catch (CertificateParsingException | InvalidNameException e) {
            log.warn("a caller's certificate has names that cannot be read", e);
            return List.of();
        }
        return List.copyOf(names);
    }
}
