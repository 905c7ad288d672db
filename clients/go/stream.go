package lea

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// streamCall watches over one stream: its context, its end, and that no wait lasts for ever.
type streamCall struct {
	channel *Channel
	name    string
	parent  context.Context
	ctx     context.Context
	cancel  context.CancelFunc

	lock sync.Mutex
	idle *Error // set when a wait lasted too long; guarded by lock
	over bool   // guarded by lock
}

func (c *Channel) stream(ctx context.Context, method string) (*streamCall, error) {
	name := c.describe(method)
	if err := c.begin(name); err != nil {
		return nil, err
	}
	inner, cancel := context.WithCancel(ctx)
	return &streamCall{channel: c, name: name, parent: ctx, ctx: inner, cancel: cancel}, nil
}

// watch ends the stream unless the function that it gives is called in time. complaint says what did not happen.
func (s *streamCall) watch(patience time.Duration, complaint string) (inTime func()) {
	timer := time.AfterFunc(patience, func() { s.expire(patience, complaint) })
	return func() { timer.Stop() }
}

func (s *streamCall) expire(patience time.Duration, complaint string) {
	s.lock.Lock()
	if s.idle == nil {
		text := fmt.Sprintf("%s for %v", complaint, patience)
		s.idle = localFailure(codes.DeadlineExceeded, reasonIdle, text, s.name)
	}
	s.lock.Unlock()
	s.cancel()
}

// failure tells why the stream ended with err.
func (s *streamCall) failure(err error) *Error {
	s.lock.Lock()
	idle := s.idle
	s.lock.Unlock()
	if idle != nil && s.parent.Err() == nil {
		return idle
	}
	return s.channel.failure(s.parent, err, s.name)
}

// cut is a failure of a stream that the server ended too early.
func (s *streamCall) cut(code codes.Code, description string) *Error {
	return localFailure(code, reasonCut, description, s.name)
}

// close cancels the call if it still runs, so that the server stops working for nobody.
func (s *streamCall) close() {
	s.cancel()
	s.lock.Lock()
	defer s.lock.Unlock()
	if !s.over {
		s.over = true
		s.channel.end()
	}
}
