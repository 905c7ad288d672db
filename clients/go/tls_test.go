package lea_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"

	"lea.dev/lea"
	"lea.dev/lea/agentpb"
)

// identity is a certificate and its key, in memory and as files.
type identity struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
	keyFile     string
}

// issue makes an identity that the issuer signs; none: that signs itself, and others.
func issue(t *testing.T, folder, name string, issuer *identity) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	succeeds(t, err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		DNSNames:              []string{"lea.test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
		IsCA:                  issuer == nil,
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	succeeds(t, err)
	certificate, err := x509.ParseCertificate(der)
	succeeds(t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	succeeds(t, err)
	made := &identity{certificate, key, filepath.Join(folder, name+".pem"), filepath.Join(folder, name+".key")}
	write(t, made.file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, made.keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})))
	return made
}

// serveTLS serves by the identity of the folder's server, and asks callers for theirs where it should.
func serveTLS(t *testing.T, authority *identity, server *identity, ask bool) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(server.file, server.keyFile)
	succeeds(t, err)
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if ask {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AddCert(authority.certificate)
	}
	return serve(t, func(s *grpc.Server) { agentpb.RegisterAgentServiceServer(s, flaky(0, nil)) },
		grpc.Creds(credentials.NewTLS(config)))
}

func impatient() lea.Settings {
	settings := patient()
	settings.MaxAttempts = 1
	return settings
}

func TestTLS_trustedOrNot_isServedOrUnavailable(t *testing.T) {
	folder := t.TempDir()
	authority := issue(t, folder, "authority", nil)
	endpoint := serveTLS(t, authority, issue(t, folder, "server", authority), false)
	trusted := lea.TLS{CAFile: authority.file, ServerName: "lea.test"}
	succeeds(t, recommend(context.Background(), open(t, endpoint, lea.WithTLS(trusted))))
	for _, other := range []lea.TLS{{ServerName: "lea.test"}, {CAFile: authority.file, ServerName: "other.test"}} {
		channel := open(t, endpoint, lea.WithTLS(other), lea.WithSettings(impatient()))
		failure := failureOf(t, recommend(context.Background(), channel))
		equal(t, "code", failure.Code, codes.Unavailable)
		if !strings.Contains(failure.Error(), "x509") {
			t.Fatal(failure)
		}
	}
}

func TestTLS_serverAsksWhoCalls_servesOnlyWhoShows(t *testing.T) {
	folder := t.TempDir()
	authority := issue(t, folder, "authority", nil)
	endpoint := serveTLS(t, authority, issue(t, folder, "server", authority), true)
	client := issue(t, folder, "client", authority)
	who := lea.TLS{
		CAFile: authority.file, CertificateFile: client.file, KeyFile: client.keyFile, ServerName: "lea.test",
	}
	succeeds(t, recommend(context.Background(), open(t, endpoint, lea.WithTLS(who))))
	who.CertificateFile, who.KeyFile = "", ""
	channel := open(t, endpoint, lea.WithTLS(who), lea.WithSettings(impatient()))
	equal(t, "code", failureOf(t, recommend(context.Background(), channel)).Code, codes.Unavailable)
}

func TestTLS_filesReplaced_areTakenByTheNextConnection(t *testing.T) {
	folder := t.TempDir()
	authority := issue(t, folder, "authority", nil)
	endpoint := serveTLS(t, authority, issue(t, folder, "server", authority), true)
	stranger := issue(t, folder, "stranger", nil)
	who := lea.TLS{
		CAFile: authority.file, CertificateFile: stranger.file, KeyFile: stranger.keyFile, ServerName: "lea.test",
	}
	channel := open(t, endpoint, lea.WithTLS(who))
	client := issue(t, folder, "client", authority)
	for from, to := range map[string]string{client.file: stranger.file, client.keyFile: stranger.keyFile} {
		succeeds(t, os.Rename(from, to))
	}
	until := time.Now().Add(10 * time.Second)
	err := recommend(context.Background(), channel)
	for ; err != nil && time.Now().Before(until); err = recommend(context.Background(), channel) {
		<-time.After(20 * time.Millisecond) // a connection that was begun before is given up first
	}
	succeeds(t, err)
}

func TestTLS_filesThatCannotBeUsed_areNamed(t *testing.T) {
	folder := t.TempDir()
	authority := issue(t, folder, "authority", nil)
	empty := filepath.Join(folder, "empty")
	write(t, empty, "")
	for expected, files := range map[string]lea.TLS{
		"absent":        {CAFile: filepath.Join(folder, "absent")},
		"holds no PEM":  {CAFile: empty},
		"go together":   {CertificateFile: authority.file},
		"cannot use":    {CertificateFile: authority.file, KeyFile: empty},
		"authority.pem": {CertificateFile: authority.file, KeyFile: authority.file},
	} {
		if _, err := lea.Open("a:1", lea.WithTLS(files)); err == nil || !strings.Contains(err.Error(), expected) {
			t.Fatal(expected, err)
		}
	}
}
