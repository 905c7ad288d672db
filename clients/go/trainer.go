package lea

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"

	"lea.dev/lea/trainerpb"
)

const (
	maxReconnects  = 5
	reconnectDelay = 500 * time.Millisecond
)

// TrainerClient starts training runs and follows them. Errors of its calls are of type *Error.
type TrainerClient struct {
	channel *Channel
	stub    trainerpb.TrainerServiceClient
}

// NewTrainerClient makes a client over a channel, which stays the caller's to close.
func NewTrainerClient(channel *Channel) *TrainerClient {
	return &TrainerClient{channel, trainerpb.NewTrainerServiceClient(channel.Conn())}
}

// Create starts a run; a repeat inside the call does not start it twice.
//
// requestID makes the call idempotent: the same id answers with the run that it created before; empty: a new one.
func (c *TrainerClient) Create(
	ctx context.Context, spec *trainerpb.RunSpec, requestID string,
) (*trainerpb.Run, error) {
	if requestID == "" {
		random := make([]byte, 16)
		if _, err := rand.Read(random); err != nil {
			return nil, fmt.Errorf("lea: cannot make an id: %w", err)
		}
		requestID = hex.EncodeToString(random)
	}
	answer, err := c.stub.CreateRun(ctx, &trainerpb.CreateRunRequest{Spec: spec, RequestId: requestID})
	return answer.GetRun(), err
}

// Get gives the run as it stands.
func (c *TrainerClient) Get(ctx context.Context, runID string) (*trainerpb.Run, error) {
	answer, err := c.stub.GetRun(ctx, &trainerpb.GetRunRequest{RunId: runID})
	return answer.GetRun(), err
}

// List gives all runs, newest first.
func (c *TrainerClient) List(ctx context.Context) ([]*trainerpb.Run, error) {
	var runs []*trainerpb.Run
	request := &trainerpb.ListRunsRequest{}
	for {
		page, err := c.stub.ListRuns(ctx, request)
		if err != nil {
			return nil, err
		}
		runs = append(runs, page.GetRuns()...)
		if page.GetNextPageToken() == "" {
			return runs, nil
		}
		request = &trainerpb.ListRunsRequest{PageToken: page.GetNextPageToken()}
	}
}

// Cancel stops a run at its next checkpoint.
func (c *TrainerClient) Cancel(ctx context.Context, runID string) (*trainerpb.Run, error) {
	answer, err := c.stub.CancelRun(ctx, &trainerpb.CancelRunRequest{RunId: runID})
	return answer.GetRun(), err
}

// Watch follows a run until it ends, through lost connections: the trainer tells a run as it stands at every new
// connection, so nothing is missed for good. It gives up after five connections in a row that told nothing.
//
// change is called with the run as it stands, and again at each change; an error from it ends the watch, which gives
// that error, or none for ErrStop. A run that changes nothing for the idle timeout is asked about anew. Watch gives the
// run as it was told last.
func (c *TrainerClient) Watch(
	ctx context.Context, runID string, change func(*trainerpb.Run) error,
) (*trainerpb.Run, error) {
	for silent := 0; ; silent++ {
		last, stop, failure := c.follow(ctx, runID, change)
		if last != nil {
			silent = 0
			if stop != nil {
				return last, unlessStop(stop)
			}
			if IsOver(last) {
				return last, nil
			}
		}
		again := failure.IsTransient() || failure.Reason == reasonIdle
		if !again || silent >= maxReconnects || pause(ctx, reconnectDelay*time.Duration(silent+1)) != nil {
			return last, failure
		}
	}
}

// follow is one connection: what it told last, if anything, what the caller ended it with, or why it ended.
func (c *TrainerClient) follow(
	ctx context.Context, runID string, change func(*trainerpb.Run) error,
) (last *trainerpb.Run, stop error, failure *Error) {
	stream, err := c.channel.stream(ctx, "/lea.trainer.v1.TrainerService/WatchRun")
	if err != nil {
		return nil, nil, closedFailure("WatchRun at " + c.channel.server)
	}
	defer stream.close()
	patience := c.channel.settings.CallDeadline
	inTime := stream.watch(patience, "no answer")
	runs, err := c.stub.WatchRun(stream.ctx, &trainerpb.WatchRunRequest{RunId: runID})
	for err == nil {
		var answer *trainerpb.WatchRunResponse
		answer, err = runs.Recv()
		inTime()
		if err == nil {
			last = answer.GetRun()
			if stop := change(last); stop != nil || IsOver(last) {
				return last, stop, nil
			}
			patience = c.channel.settings.IdleTimeout
			inTime = stream.watch(patience, "no answer")
		}
	}
	inTime()
	if err == io.EOF {
		text := fmt.Sprintf("the server ended the watch although run %s goes on", runID)
		return last, nil, stream.cut(codes.Unavailable, text)
	}
	return last, nil, stream.failure(err)
}

// IsOver tells whether a run has ended, well or not.
func IsOver(run *trainerpb.Run) bool {
	switch run.GetState() {
	case trainerpb.RunState_RUN_STATE_SUCCEEDED,
		trainerpb.RunState_RUN_STATE_FAILED,
		trainerpb.RunState_RUN_STATE_CANCELLED:
		return true
	}
	return false
}
