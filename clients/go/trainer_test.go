package lea_test

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"lea.dev/lea"
	"lea.dev/lea/trainerpb"
)

// trainer does at each connection what the next of its functions says.
type trainer struct {
	trainerpb.TrainerServiceServer
	connections int32
	watches     []func(tell func(trainerpb.RunState)) error
	requestIDs  []string
}

func (s *trainer) WatchRun(
	request *trainerpb.WatchRunRequest, stream trainerpb.TrainerService_WatchRunServer,
) error {
	connection := int(atomic.AddInt32(&s.connections, 1))
	if connection > len(s.watches) {
		connection = len(s.watches)
	}
	return s.watches[connection-1](func(state trainerpb.RunState) {
		_ = stream.Send(&trainerpb.WatchRunResponse{Run: &trainerpb.Run{RunId: request.GetRunId(), State: state}})
	})
}

func (s *trainer) CreateRun(
	_ context.Context, request *trainerpb.CreateRunRequest,
) (*trainerpb.CreateRunResponse, error) {
	s.requestIDs = append(s.requestIDs, request.GetRequestId())
	if len(s.requestIDs) == 1 {
		return nil, refusal(codes.Unavailable, "starting", "STARTING", noDelay)
	}
	return &trainerpb.CreateRunResponse{Run: &trainerpb.Run{RunId: "r", Spec: request.GetSpec()}}, nil
}

func (s *trainer) ListRuns(
	_ context.Context, request *trainerpb.ListRunsRequest,
) (*trainerpb.ListRunsResponse, error) {
	runs := []*trainerpb.Run{{RunId: "r" + request.GetPageToken()}}
	if request.GetPageToken() == "" {
		return &trainerpb.ListRunsResponse{Runs: runs, NextPageToken: "2"}, nil
	}
	return &trainerpb.ListRunsResponse{Runs: runs}, nil
}

func serveTrainer(t *testing.T, server *trainer) *lea.TrainerClient {
	t.Helper()
	endpoint := serve(t, func(s *grpc.Server) { trainerpb.RegisterTrainerServiceServer(s, server) })
	return lea.NewTrainerClient(open(t, endpoint))
}

const (
	running   = trainerpb.RunState_RUN_STATE_RUNNING
	succeeded = trainerpb.RunState_RUN_STATE_SUCCEEDED
)

func TestCreate_repeated_keepsItsId(t *testing.T) {
	server := &trainer{}
	client := serveTrainer(t, server)
	run, err := client.Create(context.Background(), &trainerpb.RunSpec{DataPath: "/data"}, "")
	succeeds(t, err)
	equal(t, "data", run.GetSpec().GetDataPath(), "/data")
	equal(t, "attempts", len(server.requestIDs), 2)
	equal(t, "id", server.requestIDs[1], server.requestIDs[0])
	equal(t, "id's length", len(server.requestIDs[0]), 32)
	_, err = client.Create(context.Background(), &trainerpb.RunSpec{}, "mine")
	succeeds(t, err)
	equal(t, "id", server.requestIDs[2], "mine")
}

func TestListRuns_severalPages_joinsThem(t *testing.T) {
	runs, err := serveTrainer(t, &trainer{}).List(context.Background())
	succeeds(t, err)
	equal(t, "runs", len(runs), 2)
	equal(t, "second", runs[1].GetRunId(), "r2")
}

func TestWatch_runEnds_givesEveryStateAndTheRun(t *testing.T) {
	server := &trainer{watches: []func(func(trainerpb.RunState)) error{
		func(tell func(trainerpb.RunState)) error {
			tell(running)
			tell(succeeded)
			return nil
		},
	}}
	var states []trainerpb.RunState
	run, err := serveTrainer(t, server).Watch(context.Background(), "r", func(run *trainerpb.Run) error {
		states = append(states, run.GetState())
		return nil
	})
	succeeds(t, err)
	equal(t, "run", run.GetState(), succeeded)
	if !reflect.DeepEqual(states, []trainerpb.RunState{running, succeeded}) {
		t.Fatal(states)
	}
}

func TestWatch_connectionLost_isMadeAgain(t *testing.T) {
	server := &trainer{watches: []func(func(trainerpb.RunState)) error{
		func(tell func(trainerpb.RunState)) error {
			tell(running)
			return refusal(codes.Unavailable, "gone", "GONE", noDelay)
		},
		func(tell func(trainerpb.RunState)) error {
			tell(succeeded)
			return nil
		},
	}}
	run, err := serveTrainer(t, server).Watch(context.Background(), "r", func(*trainerpb.Run) error { return nil })
	succeeds(t, err)
	equal(t, "run", run.GetState(), succeeded)
	equal(t, "connections", server.connections, 2)
}

func TestWatch_unknownRun_failsAtOnce(t *testing.T) {
	server := &trainer{watches: []func(func(trainerpb.RunState)) error{
		func(func(trainerpb.RunState)) error {
			return refusal(codes.NotFound, "no such run", "RUN_UNKNOWN", noDelay)
		},
	}}
	_, err := serveTrainer(t, server).Watch(context.Background(), "r", func(*trainerpb.Run) error { return nil })
	equal(t, "reason", failureOf(t, err).Reason, "RUN_UNKNOWN")
	equal(t, "connections", server.connections, 1)
}

func TestWatch_callerStops_endsWithoutOrWithItsError(t *testing.T) {
	server := &trainer{watches: []func(func(trainerpb.RunState)) error{
		func(tell func(trainerpb.RunState)) error {
			tell(running)
			return nil
		},
	}}
	client := serveTrainer(t, server)
	run, err := client.Watch(context.Background(), "r", func(*trainerpb.Run) error { return lea.ErrStop })
	succeeds(t, err)
	equal(t, "run", run.GetState(), running)
	_, err = client.Watch(context.Background(), "r", func(*trainerpb.Run) error { return context.Canceled })
	equal(t, "is the caller's", errors.Is(err, context.Canceled), true)
}
