package lea

import (
	"fmt"
	"time"

	"google.golang.org/grpc"
)

// Settings say how a client waits and repeats.
type Settings struct {
	// CallDeadline is for one unary call with all its attempts, where its context has none.
	CallDeadline time.Duration
	// SlowCallDeadline is for a call that loads a model, where its context has none: activation, rollback, the end
	// of an upload.
	SlowCallDeadline time.Duration
	// IdleTimeout is for the next message of a stream, and for room to send the next one.
	IdleTimeout time.Duration
	// MaxAttempts of a unary call that may be repeated, 1 to 5; 1 never repeats.
	MaxAttempts int
	// MaxMessageBytes is the size of the largest answer that is accepted, 1 KiB to 1 GiB.
	MaxMessageBytes int
}

// DefaultSettings are those of a channel that is opened without options.
func DefaultSettings() Settings {
	return Settings{
		CallDeadline:     30 * time.Second,
		SlowCallDeadline: 2 * time.Minute,
		IdleTimeout:      time.Minute,
		MaxAttempts:      4,
		MaxMessageBytes:  64 << 20,
	}
}

func (s Settings) check() error {
	for _, duration := range []struct {
		name  string
		value time.Duration
	}{
		{"CallDeadline", s.CallDeadline},
		{"SlowCallDeadline", s.SlowCallDeadline},
		{"IdleTimeout", s.IdleTimeout},
	} {
		if duration.value <= 0 || duration.value > 24*time.Hour {
			return fmt.Errorf("lea: %s must be in (0, 24h] but is %v", duration.name, duration.value)
		}
	}
	if err := inRange("MaxAttempts", s.MaxAttempts, 1, 5); err != nil {
		return err
	}
	return inRange("MaxMessageBytes", s.MaxMessageBytes, 1<<10, 1<<30)
}

func inRange(name string, value, min, max int) error {
	if value < min || value > max {
		return fmt.Errorf("lea: %s must be in [%d, %d] but is %d", name, min, max, value)
	}
	return nil
}

// Option changes how a channel is opened.
type Option func(*options)

type options struct {
	settings Settings
	tls      *TLS
	health   *string
	dial     []grpc.DialOption
}

// WithSettings replaces the defaults; begin with DefaultSettings.
func WithSettings(settings Settings) Option {
	return func(o *options) { o.settings = settings }
}

// WithTLS encrypts, and shows who this side is where the server asks. Without it the channel is plaintext: for
// loopback, and for networks that encrypt by themselves.
func WithTLS(tls TLS) Option {
	return func(o *options) { o.tls = &tls }
}

// WithHealthCheck spreads calls over all addresses of the endpoint's name, and sends none to a server where the
// service cannot answer, for instance "lea.agent.v1.AgentService"; "" is the server as a whole.
func WithHealthCheck(service string) Option {
	return func(o *options) { o.health = &service }
}

// WithDialOptions hands further options to grpc, for instance interceptors for tracing.
func WithDialOptions(more ...grpc.DialOption) Option {
	return func(o *options) { o.dial = append(o.dial, more...) }
}
