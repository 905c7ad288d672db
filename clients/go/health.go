package lea

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

const (
	healthPatience = 10 * time.Second
	healthPause    = 100 * time.Millisecond
)

// HealthClient asks any server whether it can serve.
type HealthClient struct {
	channel *Channel
	stub    healthpb.HealthClient
}

// NewHealthClient makes a client over a channel, which stays the caller's to close.
func NewHealthClient(channel *Channel) *HealthClient {
	return &HealthClient{channel, healthpb.NewHealthClient(channel.Conn())}
}

// IsServing tells whether a named service can answer: its model is loaded. False also when nobody is there.
//
// service is a full name, for instance "lea.agent.v1.AgentService"; empty for the server as a whole.
func (c *HealthClient) IsServing(ctx context.Context, service string) bool {
	status, err := c.check(ctx, service)
	return err == nil && status == healthpb.HealthCheckResponse_SERVING
}

// IsReachable tells whether the server answers at all, with or without a model.
func (c *HealthClient) IsReachable(ctx context.Context) bool {
	_, err := c.check(ctx, "")
	if failure, ok := err.(*Error); ok {
		return failure.Code == codes.NotFound || failure.Code == codes.Unimplemented
	}
	return err == nil
}

// AwaitServing waits until a service can answer, through restarts and servers that are not there yet: as long as the
// context allows, or the setting for slow calls where it has no deadline.
func (c *HealthClient) AwaitServing(ctx context.Context, service string) error {
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.channel.settings.SlowCallDeadline)
		defer cancel()
	}
	for !c.IsServing(ctx, service) {
		if pause(ctx, healthPause) != nil {
			return fmt.Errorf("lea: %q at %s did not come to serve: %w", service, c.channel.server, ctx.Err())
		}
	}
	return nil
}

func (c *HealthClient) check(
	ctx context.Context, service string,
) (healthpb.HealthCheckResponse_ServingStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	answer, err := c.stub.Check(ctx, &healthpb.HealthCheckRequest{Service: service})
	return answer.GetStatus(), err
}
