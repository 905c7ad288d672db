package lea_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"lea.dev/lea"
	"lea.dev/lea/agentpb"
	"lea.dev/lea/commonpb"
	"lea.dev/lea/repositorypb"
)

// agent answers as its function says.
type agent struct {
	agentpb.AgentServiceServer
	calls     int32
	recommend func(ctx context.Context, call int, request *agentpb.RecommendRequest) error
}

func (a *agent) Recommend(
	ctx context.Context, request *agentpb.RecommendRequest,
) (*agentpb.RecommendResponse, error) {
	call := int(atomic.AddInt32(&a.calls, 1))
	if err := a.recommend(ctx, call, request); err != nil {
		return nil, err
	}
	return &agentpb.RecommendResponse{}, nil
}

// flaky fails its first calls.
func flaky(failures int, err error) *agent {
	return &agent{recommend: func(_ context.Context, call int, _ *agentpb.RecommendRequest) error {
		if call <= failures {
			return err
		}
		return nil
	}}
}

func serveAgent(t *testing.T, server agentpb.AgentServiceServer, opts ...lea.Option) *lea.Channel {
	t.Helper()
	endpoint := serve(t, func(s *grpc.Server) { agentpb.RegisterAgentServiceServer(s, server) })
	return open(t, endpoint, opts...)
}

func recommend(ctx context.Context, channel *lea.Channel) error {
	_, err := lea.NewAgentClient(channel).Recommend(ctx, &agentpb.RecommendRequest{K: 1})
	return err
}

func TestCall_refused_carriesReasonMetadataFieldsAndName(t *testing.T) {
	server := flaky(1, refusal(codes.InvalidArgument, "k is 0 #é%\n", "INVALID_FIELD", noDelay, "k"))
	channel := serveAgent(t, server)
	failure := failureOf(t, recommend(context.Background(), channel))
	equal(t, "code", failure.Code, codes.InvalidArgument)
	equal(t, "reason", failure.Reason, "INVALID_FIELD")
	equal(t, "domain", failure.Domain, "lea.dev")
	equal(t, "metadata", failure.Metadata["bound"], "9")
	equal(t, "fields", strings.Join(failure.Fields(), " "), "k")
	equal(t, "description", failure.Description, "k is 0 #é%\n")
	equal(t, "message", failure.Error(),
		"Recommend at "+channel.Server()+": INVALID_ARGUMENT (INVALID_FIELD): k is 0 #é%\n")
	equal(t, "status", status.Code(failure), codes.InvalidArgument)
	if _, delayed := failure.RetryDelay(); delayed || failure.IsTransient() {
		t.Fatal("it invites a repeat")
	}
	equal(t, "calls", server.calls, 1)
}

func TestCall_unavailable_isRepeated(t *testing.T) {
	server := flaky(2, refusal(codes.Unavailable, "starting", "STARTING", noDelay))
	succeeds(t, recommend(context.Background(), serveAgent(t, server)))
	equal(t, "calls", server.calls, 3)
}

func TestCall_unavailableForGood_isGivenUpAfterFourAttempts(t *testing.T) {
	server := flaky(99, refusal(codes.Unavailable, "starting", "STARTING", noDelay))
	failure := failureOf(t, recommend(context.Background(), serveAgent(t, server)))
	equal(t, "transient", failure.IsTransient(), true)
	equal(t, "calls", server.calls, 4)
}

func TestCall_unavailableAndOneAttempt_isNotRepeated(t *testing.T) {
	server := flaky(2, refusal(codes.Unavailable, "starting", "STARTING", noDelay))
	settings := patient()
	settings.MaxAttempts = 1
	failureOf(t, recommend(context.Background(), serveAgent(t, server, lea.WithSettings(settings))))
	equal(t, "calls", server.calls, 1)
}

func TestCall_unavailableWithPushback_waitsOrEndsAsTold(t *testing.T) {
	server := &agent{recommend: func(ctx context.Context, call int, _ *agentpb.RecommendRequest) error {
		delay := map[int]string{1: "0", 2: "-1"}[call]
		_ = grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", delay))
		return refusal(codes.Unavailable, "starting", "STARTING", noDelay)
	}}
	failureOf(t, recommend(context.Background(), serveAgent(t, server)))
	equal(t, "calls", server.calls, 2)
}

func TestCall_unavailableBeyondTheBudget_isNotRepeated(t *testing.T) {
	server := &agent{recommend: func(ctx context.Context, _ int, _ *agentpb.RecommendRequest) error {
		_ = grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", "0"))
		return refusal(codes.Unavailable, "starting", "STARTING", noDelay)
	}}
	channel := serveAgent(t, server)
	for i := 0; i < 20; i++ {
		failureOf(t, recommend(context.Background(), channel))
	}
	// four attempts of the first call leave six of ten tokens, and the next failure five, which is half
	equal(t, "calls", server.calls, 4+19)
}

func TestCall_exhaustedWithDelay_isRepeatedAfterIt(t *testing.T) {
	server := flaky(2, refusal(codes.ResourceExhausted, "full", "OVERLOADED", time.Millisecond))
	succeeds(t, recommend(context.Background(), serveAgent(t, server)))
	equal(t, "calls", server.calls, 3)
}

func TestCall_exhaustedWithoutDelay_isNotRepeated(t *testing.T) {
	server := flaky(1, refusal(codes.ResourceExhausted, "quota", "QUOTA", noDelay))
	failure := failureOf(t, recommend(context.Background(), serveAgent(t, server)))
	equal(t, "transient", failure.IsTransient(), false)
	equal(t, "calls", server.calls, 1)
}

func TestCall_exhaustedLongerThanTheDeadline_isNotRepeated(t *testing.T) {
	server := flaky(1, refusal(codes.ResourceExhausted, "full", "OVERLOADED", time.Hour))
	failure := failureOf(t, recommend(context.Background(), serveAgent(t, server)))
	delay, _ := failure.RetryDelay()
	equal(t, "delay", delay, time.Hour)
	equal(t, "calls", server.calls, 1)
}

func TestCall_exhaustedBeyondTheBudget_isNotRepeatedForEver(t *testing.T) {
	server := flaky(1000, refusal(codes.ResourceExhausted, "full", "OVERLOADED", time.Nanosecond))
	channel := serveAgent(t, server)
	for i := 0; i < 50; i++ {
		failureOf(t, recommend(context.Background(), channel))
	}
	equal(t, "calls", server.calls, 60)
}

func TestCall_neverAnswered_endsAtTheDeadline(t *testing.T) {
	server := &agent{recommend: func(ctx context.Context, _ int, _ *agentpb.RecommendRequest) error {
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	}}
	settings := patient()
	settings.CallDeadline = 50 * time.Millisecond
	channel := serveAgent(t, server, lea.WithSettings(settings))
	failure := failureOf(t, recommend(context.Background(), channel))
	equal(t, "code", failure.Code, codes.DeadlineExceeded)
	equal(t, "outage", failure.IsOutage(), true)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := recommend(ctx, channel)
	equal(t, "code", failureOf(t, err).Code, codes.DeadlineExceeded)
	equal(t, "is DeadlineExceeded", errors.Is(err, context.DeadlineExceeded), true)
}

func TestCall_contextCancelled_isCancelledHereAndThere(t *testing.T) {
	entered, left := make(chan struct{}), make(chan struct{})
	server := &agent{recommend: func(ctx context.Context, _ int, _ *agentpb.RecommendRequest) error {
		close(entered)
		<-ctx.Done()
		close(left)
		return ctx.Err()
	}}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-entered
		cancel()
	}()
	err := recommend(ctx, serveAgent(t, server))
	equal(t, "code", failureOf(t, err).Code, codes.Canceled)
	equal(t, "outage", failureOf(t, err).IsOutage(), false)
	equal(t, "is Canceled", errors.Is(err, context.Canceled), true)
	equal(t, "name", strings.Contains(err.Error(), ": CANCELLED"), true)
	<-left
}

func TestCall_contextCancelledBetweenAttempts_isCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	server := &agent{recommend: func(context.Context, int, *agentpb.RecommendRequest) error {
		time.AfterFunc(5*time.Millisecond, cancel)
		return refusal(codes.ResourceExhausted, "full", "OVERLOADED", 5*time.Second)
	}}
	failure := failureOf(t, recommend(ctx, serveAgent(t, server)))
	equal(t, "code", failure.Code, codes.Canceled)
}

// goneRepository never answers.
type goneRepository struct {
	repositorypb.ModelRepositoryServiceServer
	calls int32
}

func (r *goneRepository) RollBack(
	context.Context, *repositorypb.RollBackRequest,
) (*repositorypb.RollBackResponse, error) {
	atomic.AddInt32(&r.calls, 1)
	return nil, refusal(codes.Unavailable, "gone", "GONE", noDelay)
}

func TestRollBack_unavailable_isNotRepeated(t *testing.T) {
	server := &goneRepository{}
	endpoint := serve(t, func(s *grpc.Server) { repositorypb.RegisterModelRepositoryServiceServer(s, server) })
	_, err := lea.NewRepositoryClient(open(t, endpoint)).RollBack(context.Background())
	equal(t, "reason", failureOf(t, err).Reason, "GONE")
	equal(t, "calls", server.calls, 1)
}

func TestCall_nobodyThere_namesTheEndpoint(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	succeeds(t, err)
	endpoint := listener.Addr().String()
	succeeds(t, listener.Close())
	channel := open(t, endpoint)
	failure := failureOf(t, recommend(context.Background(), channel))
	equal(t, "code", failure.Code, codes.Unavailable)
	if !strings.HasPrefix(failure.Error(), "Recommend at "+endpoint+": UNAVAILABLE") {
		t.Fatal(failure)
	}
	checks := lea.NewHealthClient(channel)
	equal(t, "reachable", checks.IsReachable(context.Background()), false)
	equal(t, "serving", checks.IsServing(context.Background(), ""), false)
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
	defer cancel()
	err = checks.AwaitServing(ctx, "some.Service")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "some.Service") {
		t.Fatal(err)
	}
}

func TestClose_callRuns_breaksItOffAfterTheGrace(t *testing.T) {
	entered := make(chan struct{})
	server := &agent{recommend: func(ctx context.Context, _ int, _ *agentpb.RecommendRequest) error {
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	}}
	channel := serveAgent(t, server)
	ended := make(chan error)
	go func() { ended <- recommend(context.Background(), channel) }()
	<-entered
	succeeds(t, channel.Close())
	equal(t, "code", failureOf(t, <-ended).Code, codes.Unavailable)
	failure := failureOf(t, recommend(context.Background(), channel))
	equal(t, "reason", failure.Reason, "CHANNEL_CLOSED")
	succeeds(t, channel.Close())
}

func TestClose_callAboutToEnd_letsItEnd(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	server := &agent{recommend: func(context.Context, int, *agentpb.RecommendRequest) error {
		close(entered)
		<-leave
		return nil
	}}
	channel := serveAgent(t, server)
	ended := make(chan error, 1)
	go func() { ended <- recommend(context.Background(), channel) }()
	<-entered
	time.AfterFunc(10*time.Millisecond, func() { close(leave) })
	succeeds(t, channel.Close())
	succeeds(t, <-ended)
}

func TestPinned_ownPinOrNone_asksForTheVersion(t *testing.T) {
	var asked []int64
	server := &agent{recommend: func(_ context.Context, _ int, request *agentpb.RecommendRequest) error {
		asked = append(asked, request.GetVersion().GetExpectedVersion())
		equal(t, "k", request.GetK(), 1)
		return nil
	}}
	client := lea.NewAgentClient(serveAgent(t, server))
	request := &agentpb.RecommendRequest{K: 1}
	for _, ask := range []func() (*agentpb.RecommendResponse, error){
		func() (*agentpb.RecommendResponse, error) { return client.Recommend(context.Background(), request) },
		func() (*agentpb.RecommendResponse, error) {
			return client.Pinned(3).Recommend(context.Background(), request)
		},
		func() (*agentpb.RecommendResponse, error) {
			own := &agentpb.RecommendRequest{K: 1, Version: &commonpb.VersionPin{ExpectedVersion: 4}}
			return client.Pinned(3).Recommend(context.Background(), own)
		},
	} {
		_, err := ask()
		succeeds(t, err)
	}
	if !reflect.DeepEqual(asked, []int64{0, 3, 4}) || request.Version != nil {
		t.Fatal(asked, request)
	}
}

func TestRecommendAll_someRequests_answersAllOrFails(t *testing.T) {
	server := flaky(0, nil)
	client := lea.NewAgentClient(serveAgent(t, server))
	requests := make([]*agentpb.RecommendRequest, 20)
	for i := range requests {
		requests[i] = &agentpb.RecommendRequest{K: 1}
	}
	answers, err := client.RecommendAll(context.Background(), requests, 3)
	succeeds(t, err)
	equal(t, "answers", len(answers), 20)
	_, err = client.RecommendAll(context.Background(), requests, 0)
	if err == nil || !strings.Contains(err.Error(), "concurrency must be in [1, 1024] but is 0") {
		t.Fatal(err)
	}
	server.recommend = func(context.Context, int, *agentpb.RecommendRequest) error {
		return refusal(codes.InvalidArgument, "no", "NO", noDelay)
	}
	_, err = client.RecommendAll(context.Background(), requests, 3)
	equal(t, "reason", failureOf(t, err).Reason, "NO")
}

func TestOpen_badEndpointOrSetting_namesIt(t *testing.T) {
	for _, endpoint := range []string{"", "host", "host:0", "host:65536", "::1:80", "a b:1", "http://a:1", ":1"} {
		if _, err := lea.Open(endpoint); err == nil || !strings.Contains(err.Error(), `"`+endpoint+`"`) {
			t.Fatal(endpoint, err)
		}
	}
	settings := lea.DefaultSettings()
	settings.MaxAttempts = 6
	_, err := lea.Open("a:1", lea.WithSettings(settings))
	if err == nil || !strings.Contains(err.Error(), "MaxAttempts must be in [1, 5] but is 6") {
		t.Fatal(err)
	}
	_, err = lea.Open("a:1", lea.WithSettings(lea.Settings{}))
	if err == nil || !strings.Contains(err.Error(), "CallDeadline") {
		t.Fatal(err)
	}
	succeeds(t, open(t, "[::1]:7072").Close())
}

func TestWithHealthCheck_serviceStopsServing_sendsItNothing(t *testing.T) {
	checks := health.NewServer()
	checks.SetServingStatus("lea.agent.v1.AgentService", healthpb.HealthCheckResponse_SERVING)
	server := flaky(0, nil)
	endpoint := serve(t, func(s *grpc.Server) {
		agentpb.RegisterAgentServiceServer(s, server)
		healthpb.RegisterHealthServer(s, checks)
	})
	settings := patient()
	settings.MaxAttempts = 1
	channel := open(t, endpoint, lea.WithSettings(settings), lea.WithHealthCheck("lea.agent.v1.AgentService"))
	succeeds(t, lea.NewHealthClient(channel).AwaitServing(context.Background(), "lea.agent.v1.AgentService"))
	succeeds(t, recommend(context.Background(), channel))
	checks.SetServingStatus("lea.agent.v1.AgentService", healthpb.HealthCheckResponse_NOT_SERVING)
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); {
		if err := recommend(context.Background(), channel); err != nil {
			equal(t, "code", failureOf(t, err).Code, codes.Unavailable)
			return
		}
	}
	t.Fatal("it went on asking")
}
