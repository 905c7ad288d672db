package lea

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc/credentials"
)

// TLS says whom to trust and who we are. All files are PEM; they are read anew for each connection, so that a channel
// outlives the certificates that it began with.
type TLS struct {
	// CAFile holds the authorities that may have signed the server's certificate; empty: those of the system.
	CAFile string
	// CertificateFile holds this side's certificate and what it hangs off, for a server that asks for one (mTLS).
	CertificateFile string
	// KeyFile holds the private key of that certificate, and is given with it.
	KeyFile string
	// ServerName must be in the server's certificate; empty: the endpoint's host.
	ServerName string
}

// config reads the files.
func (t TLS) config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("lea: cannot read the authorities: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("lea: %s holds no PEM certificate", t.CAFile)
		}
	}
	if (t.CertificateFile == "") != (t.KeyFile == "") {
		return nil, fmt.Errorf("lea: a client's certificate and its key go together, but one of them is missing")
	}
	if t.CertificateFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertificateFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("lea: cannot use the certificate %s: %w", t.CertificateFile, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// freshCredentials read the files at each handshake.
type freshCredentials struct {
	credentials.TransportCredentials
	files TLS
}

// credentials tells at once what is wrong with the files.
func (t TLS) credentials() (credentials.TransportCredentials, error) {
	config, err := t.config()
	if err != nil {
		return nil, err
	}
	return freshCredentials{credentials.NewTLS(config), t}, nil
}

func (c freshCredentials) ClientHandshake(
	ctx context.Context, authority string, conn net.Conn,
) (net.Conn, credentials.AuthInfo, error) {
	config, err := c.files.config()
	if err != nil {
		return nil, nil, err
	}
	return credentials.NewTLS(config).ClientHandshake(ctx, authority, conn)
}

func (c freshCredentials) Clone() credentials.TransportCredentials {
	return freshCredentials{c.TransportCredentials.Clone(), c.files}
}
