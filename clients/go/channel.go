package lea

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/health" // lets a channel follow the health of its servers
)

const closeGrace = 2 * time.Second

// connecting begins as quickly as calls are repeated, so that the repeats of a call meet a server that has come back.
var connecting = grpc.ConnectParams{
	Backoff: backoff.Config{
		BaseDelay: initialBackoff, Multiplier: 1.6, Jitter: jitter, MaxDelay: 10 * time.Second,
	},
	MinConnectTimeout: 20 * time.Second,
}

// slowMethods load a model.
var slowMethods = map[string]bool{
	"/lea.environment.v1.EnvironmentService/PutItems":           true,
	"/lea.repository.v1.ModelRepositoryService/ActivateVersion": true,
	"/lea.repository.v1.ModelRepositoryService/RollBack":        true,
	"/lea.repository.v1.ModelRepositoryService/SetCanary":       true,
	"/lea.repository.v1.ModelRepositoryService/SetShadow":       true,
}

// Channel is the connection to one server, shared by all clients of it and safe for any number of goroutines.
//
// Nothing is sent until the first call; a server that is not there is told by that call.
type Channel struct {
	server   string
	settings Settings
	conn     *grpc.ClientConn
	budget   *tokens // repeats of what was refused with a delay
	throttle *tokens // repeats of what nobody answered

	lock    sync.Mutex
	running int           // guarded by lock
	closed  bool          // guarded by lock
	idle    chan struct{} // closed when nothing runs any more; guarded by lock
}

// Open makes a channel to a server at host:port, or [IPv6]:port.
func Open(endpoint string, opts ...Option) (*Channel, error) {
	chosen := options{settings: DefaultSettings()}
	for _, option := range opts {
		option(&chosen)
	}
	if err := checkEndpoint(endpoint); err != nil {
		return nil, err
	}
	if err := chosen.settings.check(); err != nil {
		return nil, err
	}
	channel := &Channel{
		server:   endpoint,
		settings: chosen.settings,
		budget:   newTokens(),
		throttle: newTokens(),
		idle:     make(chan struct{}),
	}
	security := grpc.WithInsecure()
	if chosen.tls != nil {
		credentials, err := chosen.tls.credentials()
		if err != nil {
			return nil, err
		}
		security = grpc.WithTransportCredentials(credentials)
	}
	dial := append([]grpc.DialOption{
		security,
		grpc.WithDisableRetry(), // it is done in retry.go
		grpc.WithDisableServiceConfig(),
		grpc.WithDefaultServiceConfig(serviceConfig(chosen.health)),
		grpc.WithConnectParams(connecting),
		grpc.WithChainUnaryInterceptor(channel.call),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(chosen.settings.MaxMessageBytes)),
	}, chosen.dial...)
	conn, err := grpc.Dial("dns:///"+endpoint, dial...)
	if err != nil {
		return nil, fmt.Errorf("lea: cannot open a channel to %s: %w", endpoint, err)
	}
	channel.conn = conn
	return channel, nil
}

// Server is the endpoint, for messages.
func (c *Channel) Server() string { return c.server }

// Settings are those it was opened with.
func (c *Channel) Settings() Settings { return c.settings }

// Conn is for the generated stubs, for instance agentpb.NewAgentServiceClient: their unary calls get deadlines,
// repeats and errors as the clients' do.
func (c *Channel) Conn() grpc.ClientConnInterface { return c.conn }

// Close lets running calls end for a moment, then breaks them off. A second call does nothing.
func (c *Channel) Close() error {
	c.lock.Lock()
	if c.closed {
		c.lock.Unlock()
		return nil
	}
	c.closed = true
	busy := c.running > 0
	c.lock.Unlock()
	if busy {
		timer := time.NewTimer(closeGrace)
		defer timer.Stop()
		select {
		case <-c.idle:
		case <-timer.C:
		}
	}
	return c.conn.Close()
}

// begin counts a call or a stream that runs.
func (c *Channel) begin(name string) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.closed {
		return closedFailure(name)
	}
	c.running++
	return nil
}

func (c *Channel) end() {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.running--
	if c.running == 0 && c.closed {
		close(c.idle)
	}
}

// failure reads what a call or a stream ended with.
func (c *Channel) failure(ctx context.Context, err error, name string) *Error {
	failure := failureOf(ctx, err, name)
	deadline, has := ctx.Deadline()
	if has && failure.Code == codes.Canceled && ctx.Err() != context.Canceled && !time.Now().Before(deadline) {
		// the server's clock ended the call, and its word came before this side's clock rang
		failure = localFailure(codes.DeadlineExceeded, "", "the deadline has passed", name)
		failure.cause = context.DeadlineExceeded
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.closed && failure.Code == codes.Canceled && ctx.Err() == nil {
		return closedFailure(name)
	}
	return failure
}

func closedFailure(name string) *Error {
	return localFailure(codes.Unavailable, reasonClosed, "the channel is closed", name)
}

// withDeadline gives the call the setting's deadline unless its context has one.
func (c *Channel) withDeadline(ctx context.Context, method string) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	patience := c.settings.CallDeadline
	if slowMethods[method] {
		patience = c.settings.SlowCallDeadline
	}
	return context.WithTimeout(ctx, patience)
}

// describe is the call's name in messages.
func (c *Channel) describe(method string) string {
	return method[strings.LastIndexByte(method, '/')+1:] + " at " + c.server
}

// serviceConfig follows the health of a service over all addresses, if one is named.
func serviceConfig(health *string) string {
	if health == nil {
		return "{}"
	}
	config, err := json.Marshal(map[string]interface{}{
		"loadBalancingConfig": []interface{}{map[string]interface{}{"round_robin": struct{}{}}},
		"healthCheckConfig":   map[string]string{"serviceName": *health},
	})
	if err != nil {
		panic(err) // strings are JSON
	}
	return string(config)
}

func checkEndpoint(endpoint string) error {
	host, text, err := net.SplitHostPort(endpoint)
	if err == nil && host != "" && !strings.ContainsAny(host, "/ \t\r\n") {
		if port, bad := strconv.Atoi(text); bad == nil && port >= 1 && port <= 65535 {
			return nil
		}
	}
	return fmt.Errorf("lea: endpoint must be host:port with a port in [1, 65535] but is %q", endpoint)
}
