package lea

import (
	"context"
	"math/rand"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// What all clients do when nobody answered: clients/contract/service-config.json, held against it by a test. It is
// done here and not by grpc, whose older versions repeat only where an environment variable says so.
const (
	initialBackoff    = 100 * time.Millisecond
	maxBackoff        = 2 * time.Second
	backoffMultiplier = 2
	maxTokens         = 10
	tokenRatio        = 0.1
	jitter            = 0.2

	pushbackKey = "grpc-retry-pushback-ms"
)

// neverRepeated are rollback and deletion: twice is not once. Streams are not repeated either.
var neverRepeated = map[string]bool{
	"/lea.repository.v1.ModelRepositoryService/RollBack":      true,
	"/lea.repository.v1.ModelRepositoryService/DeleteVersion": true,
}

// tokens bound the repeated calls of one channel to a share of those that succeed, so that clients do not bury a server
// that is already in trouble. They start full; a success gives a tenth of one back.
type tokens struct {
	lock sync.Mutex
	left float64
}

func newTokens() *tokens {
	return &tokens{left: maxTokens}
}

// take one for a repeat, if there is one: what RESOURCE_EXHAUSTED asks.
func (t *tokens) take() bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.left < 1 {
		return false
	}
	t.left--
	return true
}

// failed takes one for a failure and tells whether more than half are left: what grpc's throttling asks.
func (t *tokens) failed() bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.left--
	if t.left < 0 {
		t.left = 0
	}
	return t.left > maxTokens/2
}

func (t *tokens) succeeded() {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.left += tokenRatio
	if t.left > maxTokens {
		t.left = maxTokens
	}
}

// call makes one call with all its attempts: what the server refused with a delay is repeated here, UNAVAILABLE below.
// It is an interceptor, so that the generated stubs over Channel.Conn do the same.
func (c *Channel) call(
	ctx context.Context, method string, request, answer interface{},
	conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	name := c.describe(method)
	if err := c.begin(name); err != nil {
		return err
	}
	defer c.end()
	ctx, cancel := c.withDeadline(ctx, method)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := c.callWhileUnavailable(ctx, method, func(trailer *metadata.MD) error {
			return invoke(ctx, method, request, answer, conn, append(opts[:len(opts):len(opts)], grpc.Trailer(trailer))...)
		})
		if err == nil {
			c.budget.succeeded()
			return nil
		}
		failure := c.failure(ctx, err, name)
		if !c.mayRepeat(ctx, failure, attempt) {
			return failure
		}
		// up to a fifth more, so that refused callers do not return together
		delay := failure.retryDelay + time.Duration(rand.Float64()*float64(failure.retryDelay)/5)
		if pause(ctx, delay) != nil {
			return c.failure(ctx, status.FromContextError(ctx.Err()).Err(), name)
		}
	}
}

func (c *Channel) mayRepeat(ctx context.Context, failure *Error, attempt int) bool {
	if failure.Code != codes.ResourceExhausted || !failure.delayed || attempt >= c.settings.MaxAttempts {
		return false
	}
	deadline, _ := ctx.Deadline()
	return failure.retryDelay < time.Until(deadline) && c.budget.take()
}

func (c *Channel) callWhileUnavailable(
	ctx context.Context, method string, invoke func(trailer *metadata.MD) error,
) error {
	backoff := initialBackoff
	for attempt := 1; ; attempt++ {
		var trailer metadata.MD
		err := invoke(&trailer)
		if err == nil {
			c.throttle.succeeded()
			return nil
		}
		if status.Code(err) != codes.Unavailable || c.settings.MaxAttempts == 1 || neverRepeated[method] {
			return err
		}
		if !c.throttle.failed() || attempt >= c.settings.MaxAttempts {
			return err
		}
		delay, pushed, refused := pushback(trailer)
		switch {
		case refused:
			return err
		case pushed:
			backoff = initialBackoff
		default:
			delay = time.Duration(float64(backoff) * (1 - jitter + 2*jitter*rand.Float64()))
			backoff *= backoffMultiplier
			if backoff > maxBackoff {
				backoff = maxBackoff
			}
		}
		if pause(ctx, delay) != nil {
			return status.FromContextError(ctx.Err()).Err()
		}
	}
}

// pushback is what the server says about the next attempt: to come after a delay, or not at all.
func pushback(trailer metadata.MD) (delay time.Duration, pushed, refused bool) {
	values := trailer.Get(pushbackKey)
	if len(values) == 0 {
		return 0, false, false
	}
	millis, err := strconv.ParseInt(values[0], 10, 32)
	if err != nil || millis < 0 {
		return 0, false, true
	}
	return time.Duration(millis) * time.Millisecond, true, false
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, delay time.Duration) error {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
