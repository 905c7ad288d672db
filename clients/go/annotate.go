package lea

import (
	"context"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc/codes"

	"lea.dev/lea/environmentpb"
)

const maxInFlight = 1024

// AnnotateSource gives the next sequence, or io.EOF when there are no more. It is called on a goroutine of its own, as
// there is room, and should return when its context ends.
type AnnotateSource func(ctx context.Context) (*environmentpb.AnnotateRequest, error)

// Sequences is a source of those in a slice.
func Sequences(requests []*environmentpb.AnnotateRequest) AnnotateSource {
	next := 0
	return func(context.Context) (*environmentpb.AnnotateRequest, error) {
		if next == len(requests) {
			return nil, io.EOF
		}
		next++
		return requests[next-1], nil
	}
}

// SequencesFrom is a source of what comes through a channel until it is closed.
func SequencesFrom(requests <-chan *environmentpb.AnnotateRequest) AnnotateSource {
	return func(ctx context.Context) (*environmentpb.AnnotateRequest, error) {
		select {
		case request, open := <-requests:
			if !open {
				return nil, io.EOF
			}
			return request, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Annotations are the answers of one Annotate, in the order of the sequences:
//
//	answers := environment.Annotate(ctx, source, 32)
//	defer answers.Close()
//	for answers.Next() {
//		use(answers.Answer())
//	}
//	return answers.Err()
//
// They belong to one goroutine.
type Annotations struct {
	stream *streamCall
	calls  environmentpb.EnvironmentService_AnnotateClient
	source AnnotateSource
	pin    int64
	room   chan struct{} // holds one for each sequence under way

	answer *environmentpb.AnnotateResponse
	err    error

	lock      sync.Mutex
	asked     int    // guarded by lock
	answered  int    // guarded by lock
	finished  bool   // the source has come to its end; guarded by lock
	broken    error  // what the source failed with; guarded by lock
	waiting   bool   // for the next answer; guarded by lock
	stopClock func() // set while the clock runs; guarded by lock
}

// Annotate annotates sequences in bulk over one stream.
//
// Sequences are drawn as there is room: no more than inFlight, 1 to 1024, are under way, on the server, on the wire and
// with the caller together. An answer that does not come within the idle timeout, a failure of the source, or the end of
// the context cancels the stream; what was answered until then stands, so that a caller who counts can go on from there.
func (c *EnvironmentClient) Annotate(ctx context.Context, source AnnotateSource, inFlight int) *Annotations {
	annotations := &Annotations{source: source, pin: c.version}
	if err := inRange("inFlight", inFlight, 1, maxInFlight); err != nil {
		annotations.err = err
		return annotations
	}
	stream, err := c.channel.stream(ctx, "/lea.environment.v1.EnvironmentService/Annotate")
	if err != nil {
		annotations.err = err
		return annotations
	}
	annotations.stream = stream
	annotations.room = make(chan struct{}, inFlight)
	connected := stream.watch(c.channel.settings.IdleTimeout, "no connection")
	annotations.calls, err = c.stub.Annotate(stream.ctx)
	connected()
	if err != nil {
		annotations.err = stream.failure(err)
		stream.close()
		return annotations
	}
	go annotations.send()
	return annotations
}

// Next waits for the next answer. False when there is none: at the end, or after a failure, which Err tells.
func (a *Annotations) Next() bool {
	if a.err != nil || a.stream == nil {
		return false
	}
	if a.answer != nil {
		select {
		case <-a.room: // the answer before has been dealt with
		default: // it was to no request
		}
		a.answer = nil
	}
	a.await()
	answer, err := a.calls.Recv()
	a.awaited(err == nil)
	if err == nil {
		a.answer = answer
		return true
	}
	a.err = a.reasonOf(err)
	a.stream.close()
	return false
}

// Answer is what Next found.
func (a *Annotations) Answer() *environmentpb.AnnotateResponse { return a.answer }

// Err is why Next ended; nil when every sequence was answered.
func (a *Annotations) Err() error {
	if a.err == io.EOF {
		return nil
	}
	return a.err
}

// Close ends the stream if it still runs. It may be called at any time and more than once.
func (a *Annotations) Close() {
	if a.stream != nil {
		a.stream.close()
	}
}

func (a *Annotations) reasonOf(err error) error {
	a.lock.Lock()
	defer a.lock.Unlock()
	switch {
	case a.broken != nil:
		return a.broken
	case err != io.EOF:
		return a.stream.failure(err)
	case a.finished && a.asked == a.answered:
		return io.EOF
	default:
		text := fmt.Sprintf("the server ended the stream after %d of %d answers", a.answered, a.asked)
		return a.stream.cut(codes.Internal, text)
	}
}

func (a *Annotations) send() {
	for {
		select {
		case a.room <- struct{}{}:
		case <-a.stream.ctx.Done():
			return
		}
		request, err := a.source(a.stream.ctx)
		if err == io.EOF {
			a.change(func() { a.finished = true })
			_ = a.calls.CloseSend() // Recv tells what became of it
			return
		}
		if err != nil {
			a.breakOff(err)
			return
		}
		a.change(func() { a.asked++ })
		if a.calls.Send(withPin(request, a.pin)) != nil {
			return // Recv tells why
		}
	}
}

// breakOff ends the stream for a source that failed, unless it failed because the stream has ended.
func (a *Annotations) breakOff(err error) {
	if a.stream.ctx.Err() == nil {
		a.change(func() { a.broken = err })
	}
	a.stream.cancel()
}

func (a *Annotations) await() {
	a.change(func() { a.waiting = true })
}

func (a *Annotations) awaited(answered bool) {
	a.change(func() {
		a.waiting = false
		if answered {
			a.answered++
		}
	})
}

// change lets the clock run exactly while an answer is due and waited for: not while the caller is busy, and not while it
// is the source that has nothing to ask.
func (a *Annotations) change(update func()) {
	a.lock.Lock()
	defer a.lock.Unlock()
	update()
	due := a.waiting && (a.finished || a.asked > a.answered)
	if due && a.stopClock == nil {
		a.stopClock = a.stream.watch(a.stream.channel.settings.IdleTimeout, "no answer")
	}
	if !due && a.stopClock != nil {
		a.stopClock()
		a.stopClock = nil
	}
}
