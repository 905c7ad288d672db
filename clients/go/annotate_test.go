package lea_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"lea.dev/lea"
	"lea.dev/lea/commonpb"
	"lea.dev/lea/environmentpb"
)

// environment answers each sequence with its name, as long as its function lets it.
type environment struct {
	environmentpb.EnvironmentServiceServer
	cancelled chan struct{}
	answer    func(count int, request *environmentpb.AnnotateRequest) error
	states    func(request *environmentpb.GetStatesRequest) (*environmentpb.GetStatesResponse, error)
}

var errEnd = errors.New("end the stream")

func (e *environment) Annotate(stream environmentpb.EnvironmentService_AnnotateServer) error {
	for count := 1; ; count++ {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			close(e.cancelled)
			return err
		}
		if err := e.answer(count, request); err == errEnd {
			return nil
		} else if err == io.ErrNoProgress {
			continue
		} else if err != nil {
			return err
		}
		if stream.Send(&environmentpb.AnnotateResponse{SequenceId: request.GetSequenceId()}) != nil {
			close(e.cancelled)
			return nil
		}
	}
}

func (e *environment) GetStates(
	_ context.Context, request *environmentpb.GetStatesRequest,
) (*environmentpb.GetStatesResponse, error) {
	return e.states(request)
}

func echo() *environment {
	return &environment{
		cancelled: make(chan struct{}),
		answer:    func(int, *environmentpb.AnnotateRequest) error { return nil },
	}
}

func serveEnvironment(t *testing.T, server *environment, opts ...lea.Option) *lea.EnvironmentClient {
	t.Helper()
	endpoint := serve(t, func(s *grpc.Server) { environmentpb.RegisterEnvironmentServiceServer(s, server) })
	return lea.NewEnvironmentClient(open(t, endpoint, opts...))
}

func sequences(count int) []*environmentpb.AnnotateRequest {
	requests := make([]*environmentpb.AnnotateRequest, count)
	for i := range requests {
		requests[i] = &environmentpb.AnnotateRequest{SequenceId: fmt.Sprintf("s%d", i), ItemIds: []string{"a"}}
	}
	return requests
}

func collect(answers *lea.Annotations) (ids []string, err error) {
	defer answers.Close()
	for answers.Next() {
		ids = append(ids, answers.Answer().GetSequenceId())
	}
	return ids, answers.Err()
}

func TestAnnotate_manySequences_answersInOrder(t *testing.T) {
	client := serveEnvironment(t, echo())
	ids, err := collect(client.Annotate(context.Background(), lea.Sequences(sequences(500)), 32))
	succeeds(t, err)
	equal(t, "answers", len(ids), 500)
	for i, id := range ids {
		equal(t, "id", id, fmt.Sprintf("s%d", i))
	}
}

func TestAnnotate_noSequences_endsAtOnce(t *testing.T) {
	ids, err := collect(serveEnvironment(t, echo()).Annotate(context.Background(), lea.Sequences(nil), 1))
	succeeds(t, err)
	equal(t, "answers", len(ids), 0)
}

func TestAnnotate_slowCaller_drawsNoMoreThanInFlight(t *testing.T) {
	client := serveEnvironment(t, echo())
	var drawn int32
	source := lea.Sequences(sequences(50))
	counted := func(ctx context.Context) (*environmentpb.AnnotateRequest, error) {
		request, err := source(ctx)
		if err == nil {
			atomic.AddInt32(&drawn, 1)
		}
		return request, err
	}
	answers := client.Annotate(context.Background(), counted, 3)
	defer answers.Close()
	for taken := int32(0); answers.Next(); taken++ {
		if now := atomic.LoadInt32(&drawn); now-taken > 3 {
			t.Fatalf("%d drawn and %d taken", now, taken)
		}
	}
	succeeds(t, answers.Err())
	equal(t, "drawn", drawn, 50)
}

func TestAnnotate_callerLeaves_cancelsTheCall(t *testing.T) {
	server := echo()
	requests := make(chan *environmentpb.AnnotateRequest, 1)
	requests <- sequences(1)[0]
	answers := serveEnvironment(t, server).Annotate(context.Background(), lea.SequencesFrom(requests), 2)
	equal(t, "next", answers.Next(), true)
	answers.Close()
	answers.Close()
	<-server.cancelled
	equal(t, "next", answers.Next(), false)
	equal(t, "code", failureOf(t, answers.Err()).Code, codes.Canceled)
}

func TestAnnotate_sourceFails_failsWithItsError(t *testing.T) {
	server := echo()
	arrived := make(chan struct{})
	server.answer = func(int, *environmentpb.AnnotateRequest) error {
		close(arrived)
		return nil
	}
	first := true
	source := func(context.Context) (*environmentpb.AnnotateRequest, error) {
		if first {
			first = false
			return sequences(1)[0], nil
		}
		<-arrived
		return nil, errors.New("the disk is gone")
	}
	_, err := collect(serveEnvironment(t, server).Annotate(context.Background(), source, 8))
	if err == nil || err.Error() != "the disk is gone" {
		t.Fatal(err)
	}
	<-server.cancelled
}

func TestAnnotate_slowSource_isWaitedForBeyondTheIdleTimeout(t *testing.T) {
	settings := patient()
	settings.IdleTimeout = 50 * time.Millisecond
	client := serveEnvironment(t, echo(), lea.WithSettings(settings))
	requests := make(chan *environmentpb.AnnotateRequest, 2)
	requests <- sequences(1)[0]
	time.AfterFunc(150*time.Millisecond, func() {
		requests <- sequences(1)[0]
		close(requests)
	})
	ids, err := collect(client.Annotate(context.Background(), lea.SequencesFrom(requests), 8))
	succeeds(t, err)
	equal(t, "answers", len(ids), 2)
}

func TestAnnotate_slowCaller_isNotIdle(t *testing.T) {
	settings := patient()
	settings.IdleTimeout = 50 * time.Millisecond
	client := serveEnvironment(t, echo(), lea.WithSettings(settings))
	answers := client.Annotate(context.Background(), lea.Sequences(sequences(3)), 8)
	defer answers.Close()
	for answers.Next() {
		<-time.After(80 * time.Millisecond)
	}
	succeeds(t, answers.Err())
}

func TestAnnotate_serverSilent_failsAfterTheIdleTimeout(t *testing.T) {
	server := echo()
	server.answer = func(int, *environmentpb.AnnotateRequest) error { return io.ErrNoProgress }
	settings := patient()
	settings.IdleTimeout = 50 * time.Millisecond
	client := serveEnvironment(t, server, lea.WithSettings(settings))
	requests := make(chan *environmentpb.AnnotateRequest, 1)
	requests <- sequences(1)[0]
	_, err := collect(client.Annotate(context.Background(), lea.SequencesFrom(requests), 8))
	failure := failureOf(t, err)
	equal(t, "reason", failure.Reason, "STREAM_IDLE")
	equal(t, "code", failure.Code, codes.DeadlineExceeded)
	equal(t, "outage", failure.IsOutage(), true)
}

func TestAnnotate_serverFails_givesTheAnswersBefore(t *testing.T) {
	server := echo()
	server.answer = func(count int, _ *environmentpb.AnnotateRequest) error {
		if count == 3 {
			return refusal(codes.InvalidArgument, "no such item", "UNKNOWN_ITEM", noDelay)
		}
		return nil
	}
	ids, err := collect(serveEnvironment(t, server).Annotate(
		context.Background(), lea.Sequences(sequences(9)), 4))
	equal(t, "reason", failureOf(t, err).Reason, "UNKNOWN_ITEM")
	equal(t, "answers", strings.Join(ids, " "), "s0 s1")
}

func TestAnnotate_serverEndsEarly_isCut(t *testing.T) {
	server := echo()
	server.answer = func(int, *environmentpb.AnnotateRequest) error { return errEnd }
	_, err := collect(serveEnvironment(t, server).Annotate(
		context.Background(), lea.Sequences(sequences(9)), 2))
	equal(t, "reason", failureOf(t, err).Reason, "STREAM_CUT")
}

func TestAnnotate_contextCancelled_isCancelled(t *testing.T) {
	server := echo()
	ctx, cancel := context.WithCancel(context.Background())
	server.answer = func(count int, _ *environmentpb.AnnotateRequest) error {
		if count == 2 {
			cancel()
		}
		return nil
	}
	requests := make(chan *environmentpb.AnnotateRequest, 2)
	requests <- sequences(1)[0]
	requests <- sequences(1)[0]
	_, err := collect(serveEnvironment(t, server).Annotate(ctx, lea.SequencesFrom(requests), 8))
	equal(t, "code", failureOf(t, err).Code, codes.Canceled)
	equal(t, "outage", failureOf(t, err).IsOutage(), false)
	<-server.cancelled
}

func TestAnnotate_inFlightOutOfRange_isRefused(t *testing.T) {
	_, err := collect(serveEnvironment(t, echo()).Annotate(context.Background(), lea.Sequences(nil), 0))
	if err == nil || !strings.Contains(err.Error(), "inFlight must be in [1, 1024] but is 0") {
		t.Fatal(err)
	}
}

func TestAnnotate_pinned_asksForTheVersion(t *testing.T) {
	server := echo()
	server.answer = func(_ int, request *environmentpb.AnnotateRequest) error {
		if request.GetVersion().GetExpectedVersion() != 2 {
			return errors.New("it asks for another version")
		}
		return nil
	}
	client := serveEnvironment(t, server).Pinned(2)
	_, err := collect(client.Annotate(context.Background(), lea.Sequences(sequences(1)), 1))
	succeeds(t, err)
}

func TestStatesOf_answerTooLarge_isAskedInHalves(t *testing.T) {
	server := echo()
	var sizes []int
	server.states = func(request *environmentpb.GetStatesRequest) (*environmentpb.GetStatesResponse, error) {
		sizes = append(sizes, len(request.GetQueries()))
		if len(request.GetQueries()) > 2 {
			return nil, refusal(codes.InvalidArgument, "too large", "ANSWER_TOO_LARGE", noDelay)
		}
		answer := &environmentpb.GetStatesResponse{Model: &commonpb.ModelVersion{Version: 7}}
		for _, query := range request.GetQueries() {
			answer.Results = append(answer.Results, &environmentpb.StateResult{SkippedItemIds: query.GetHistoryItemIds()})
		}
		return answer, nil
	}
	request := &environmentpb.GetStatesRequest{}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		request.Queries = append(request.Queries, &environmentpb.StateQuery{HistoryItemIds: []string{id}})
	}
	answers, err := serveEnvironment(t, server).StatesOf(context.Background(), request, lea.DefaultBatch)
	succeeds(t, err)
	var ids []string
	for _, answer := range answers {
		equal(t, "version", answer.Model.GetVersion(), 7)
		ids = append(ids, answer.Result.GetSkippedItemIds()...)
	}
	equal(t, "ids", strings.Join(ids, ""), "abcde")
	if !reflect.DeepEqual(sizes, []int{5, 3, 2, 1, 2}) {
		t.Fatal(sizes)
	}
}

func TestRows_packedOrValues_areTheSame(t *testing.T) {
	values := []float32{1, 2, 3, 4, 5, 6}
	packed := []byte{0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64, 0, 0, 192, 64}
	expected := [][]float32{{1, 2, 3}, {4, 5, 6}}
	for _, embeddings := range []*commonpb.Embeddings{
		{Count: 2, Dimension: 3, Packed: packed}, {Count: 2, Dimension: 3, Values: values},
	} {
		rows, err := lea.Rows(embeddings)
		succeeds(t, err)
		if !reflect.DeepEqual(rows, expected) {
			t.Fatal(rows)
		}
	}
	_, err := lea.Rows(&commonpb.Embeddings{Count: 2, Dimension: 4, Values: values})
	if err == nil || !strings.Contains(err.Error(), "2 x 4 embeddings came with 6 numbers") {
		t.Fatal(err)
	}
}

// chatty answers each sequence twice.
type chatty struct {
	environmentpb.EnvironmentServiceServer
}

func (chatty) Annotate(stream environmentpb.EnvironmentService_AnnotateServer) error {
	for {
		request, err := stream.Recv()
		if err != nil {
			return nil
		}
		for i := 0; i < 2; i++ {
			answer := &environmentpb.AnnotateResponse{SequenceId: request.GetSequenceId()}
			if err := stream.Send(answer); err != nil {
				return err
			}
		}
	}
}

func TestAnnotate_moreAnswersThanRequests_isCut(t *testing.T) {
	endpoint := serve(t, func(s *grpc.Server) { environmentpb.RegisterEnvironmentServiceServer(s, chatty{}) })
	client := lea.NewEnvironmentClient(open(t, endpoint))
	_, err := collect(client.Annotate(context.Background(), lea.Sequences(sequences(3)), 1))
	equal(t, "reason", failureOf(t, err).Reason, "STREAM_CUT")
}
