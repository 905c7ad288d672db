package lea_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"lea.dev/lea"
	"lea.dev/lea/agentpb"
	"lea.dev/lea/environmentpb"
	"lea.dev/lea/repositorypb"
)

const (
	contractPatience = 20 * time.Second
	countsPatience   = 5 * time.Second
)

// contractServers are those of clients/contract/README.md.
type contractServers struct {
	Control     string
	Agent       string
	Environment string
	Nobody      string
}

// repository is the top of it; tests run in the package's folder, or in one that LEA_HOME names the top for.
func repository() string {
	if home := os.Getenv("LEA_HOME"); home != "" {
		return home
	}
	return filepath.Join("..", "..")
}

// startContract finds the servers that LEA_CONTRACT names, or starts new ones for the test.
func startContract(t *testing.T) contractServers {
	t.Helper()
	var servers contractServers
	if control := os.Getenv("LEA_CONTRACT"); control != "" {
		line, err := http.Get(control + "/")
		succeeds(t, err)
		defer line.Body.Close()
		succeeds(t, json.NewDecoder(line.Body).Decode(&servers))
		return servers
	}
	program := filepath.Join(repository(), "lea")
	if err := exec.Command(program, "jdk").Run(); err != nil {
		t.Skip("the contract's servers need a JDK, and ./lea jdk finds none")
	}
	command := exec.Command(program, "contract")
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	succeeds(t, err)
	output, err := command.StdoutPipe()
	succeeds(t, err)
	succeeds(t, command.Start())
	t.Cleanup(func() {
		_ = input.Close()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		t.Fatal("./lea contract ended before it served; its log is above")
	}
	succeeds(t, json.Unmarshal(line, &servers))
	return servers
}

// contractCase is one of clients/contract/cases.
type contractCase struct {
	Name   string
	Server string
	Steps  []contractStep
}

type contractStep struct {
	Call           string
	Stream         string
	Control        string
	Health         *string
	Request        interface{}
	Requests       []interface{}
	Server         string
	DeadlineMillis int64 `json:"deadline_ms"`
	Retries        *bool
	CancelAfter    int64 `json:"cancel_after_ms"`
	Concurrent     int
	Meanwhile      *struct {
		After   int64 `json:"after_ms"`
		Control string
		Version int64
	}
	Save     string
	Expect   interface{}
	Attempts map[string]interface{}
	InFlight int `json:"in_flight"`
	Take     int
	Version  int64
}

func TestContract(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(repository(), "clients/contract/cases/*.json"))
	succeeds(t, err)
	if len(files) == 0 {
		t.Fatal("there are no cases")
	}
	servers := startContract(t)
	for _, file := range files { // Glob sorts
		text, err := os.ReadFile(file)
		succeeds(t, err)
		var cases struct{ Cases []contractCase }
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, one := range cases.Cases {
			one := one
			t.Run(one.Name, func(t *testing.T) {
				run := &contractRun{
					servers: servers, kind: one.Server,
					channels: map[string]*lea.Channel{}, saved: values{},
				}
				defer run.close()
				succeeds(t, run.control("reset", 0))
				for i, step := range one.Steps {
					if err := run.step(step); err != nil {
						t.Fatalf("%s, step %d: %v", one.Name, i, err)
					}
				}
			})
		}
	}
}

// contractRun is one run of one case: its channels and what it saved.
type contractRun struct {
	servers  contractServers
	kind     string
	channels map[string]*lea.Channel
	saved    values
}

func (r *contractRun) close() {
	for _, channel := range r.channels {
		_ = channel.Close()
	}
}

func (r *contractRun) step(step contractStep) error {
	switch {
	case step.Call != "":
		return r.counted(step, func() error { return r.call(step) })
	case step.Stream == "Annotate":
		return r.annotate(step)
	case step.Control != "":
		return r.control(step.Control, step.Version)
	case step.Health != nil:
		channel, err := r.channel(step)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), contractPatience)
		defer cancel()
		return r.saved.fit(step.Expect, lea.NewHealthClient(channel).IsServing(ctx, *step.Health), "it")
	}
	return errors.New("a step has one of call, stream, control, health")
}

// outcome of a call: its answer, or the status it failed with.
type outcome struct {
	answer interface{}
	status map[string]interface{}
}

func (r *contractRun) call(step contractStep) error {
	count := step.Concurrent
	if count == 0 {
		count = 1
	}
	channel, err := r.channel(step)
	if err != nil {
		return err
	}
	type ended struct {
		outcome outcome
		err     error
	}
	results := make(chan ended, count)
	for n := 0; n < count; n++ {
		go func(n int) {
			outcome, err := r.outcome(channel, step, n)
			results <- ended{outcome, err}
		}(n)
	}
	if err := r.meanwhile(step); err != nil {
		return err
	}
	outcomes := make([]outcome, count)
	for i := range outcomes {
		result := <-results
		if result.err != nil {
			return result.err
		}
		outcomes[i] = result.outcome
	}
	if step.Concurrent > 0 {
		return r.fitEach(step.Expect, outcomes)
	}
	if step.Save != "" && outcomes[0].status == nil {
		r.saved[step.Save] = outcomes[0].answer
	}
	return r.fitOutcome(step.Expect, outcomes[0])
}

func (r *contractRun) outcome(channel *lea.Channel, step contractStep, n int) (outcome, error) {
	request, err := r.saved.build(step.Request, n)
	if err != nil {
		return outcome{}, err
	}
	if request == nil {
		request = map[string]interface{}{}
	}
	patience := contractPatience
	if step.DeadlineMillis > 0 {
		patience = time.Duration(step.DeadlineMillis) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if step.CancelAfter > 0 {
		time.AfterFunc(time.Duration(step.CancelAfter)*time.Millisecond, cancel)
	}
	answer, err := callMethod(ctx, channel, step.Call, request)
	if err != nil {
		return statusOf(err)
	}
	plain, err := toJSON(answer)
	return outcome{answer: plain}, err
}

// callMethod calls a method of the client under test.
func callMethod(ctx context.Context, channel *lea.Channel, method string, request interface{}) (proto.Message, error) {
	agent, environment := lea.NewAgentClient(channel), lea.NewEnvironmentClient(channel)
	versions := lea.NewRepositoryClient(channel)
	switch method {
	case "Recommend":
		return unary(ctx, request, &agentpb.RecommendRequest{}, agent.Recommend)
	case "ScoreItems":
		return unary(ctx, request, &agentpb.ScoreItemsRequest{}, agent.ScoreItems)
	case "GetEnvironment":
		return environment.Describe(ctx)
	case "GetStates":
		return unary(ctx, request, &environmentpb.GetStatesRequest{}, environment.States)
	case "ScoreActions":
		return unary(ctx, request, &environmentpb.ScoreActionsRequest{}, environment.Score)
	case "AugmentActions":
		return unary(ctx, request, &environmentpb.AugmentActionsRequest{}, environment.Augment)
	case "ListVersions":
		all, err := versions.List(ctx)
		return &repositorypb.ListVersionsResponse{Versions: all}, err
	case "GetAliases":
		aliases, err := versions.Aliases(ctx)
		return &repositorypb.GetAliasesResponse{Aliases: aliases}, err
	case "ActivateVersion":
		return unary(ctx, request, &repositorypb.ActivateVersionRequest{},
			func(ctx context.Context, q *repositorypb.ActivateVersionRequest) (
				*repositorypb.ActivateVersionResponse, error,
			) {
				return versions.Activate(ctx, q.GetVersion(), q.GetExpectedLiveVersion())
			})
	case "RollBack":
		return versions.RollBack(ctx)
	case "SetCanary":
		return unary(ctx, request, &repositorypb.SetCanaryRequest{},
			func(ctx context.Context, q *repositorypb.SetCanaryRequest) (*repositorypb.SetCanaryResponse, error) {
				aliases, err := versions.SetCanary(ctx, q.GetVersion(), q.GetShare())
				return &repositorypb.SetCanaryResponse{Aliases: aliases}, err
			})
	}
	return nil, fmt.Errorf("there is no call %s", method)
}

func unary[Q, R proto.Message](
	ctx context.Context, request interface{}, message Q, call func(context.Context, Q) (R, error),
) (proto.Message, error) {
	if err := fromJSON(request, message); err != nil {
		return nil, err
	}
	return call(ctx, message)
}

func (r *contractRun) annotate(step contractStep) error {
	requests := make([]*environmentpb.AnnotateRequest, len(step.Requests))
	for i, request := range step.Requests {
		built, err := r.saved.build(request, 0)
		if err != nil {
			return err
		}
		requests[i] = &environmentpb.AnnotateRequest{}
		if err := fromJSON(built, requests[i]); err != nil {
			return err
		}
	}
	channel, err := r.channel(step)
	if err != nil {
		return err
	}
	inFlight := step.InFlight
	if inFlight == 0 {
		inFlight = 8
	}
	ctx, cancel := context.WithTimeout(context.Background(), contractPatience)
	defer cancel()
	given := []interface{}{}
	ended := make(chan error, 1)
	go func() {
		answers := lea.NewEnvironmentClient(channel).Annotate(ctx, lea.Sequences(requests), inFlight)
		defer answers.Close()
		for answers.Next() {
			answer, err := toJSON(answers.Answer())
			if err != nil {
				ended <- err
				return
			}
			given = append(given, answer)
			if len(given) == step.Take {
				ended <- nil
				return
			}
		}
		ended <- answers.Err()
	}()
	if err := r.meanwhile(step); err != nil {
		return err
	}
	var result outcome
	if err := <-ended; err != nil {
		if result, err = statusOf(err); err != nil {
			return err
		}
	}
	wanted := object(step.Expect)
	expected := map[string]interface{}{"answer": nil}
	if status, fails := wanted["status"]; fails {
		expected = map[string]interface{}{"status": status}
	}
	if err := r.fitOutcome(expected, result); err != nil {
		return err
	}
	return r.saved.fit(wanted["answers"], given, "answers")
}

func (r *contractRun) meanwhile(step contractStep) error {
	if step.Meanwhile == nil {
		return nil
	}
	<-time.After(time.Duration(step.Meanwhile.After) * time.Millisecond)
	return r.control(step.Meanwhile.Control, step.Meanwhile.Version)
}

func (r *contractRun) control(what string, version int64) error {
	path := "/" + r.kind + "/" + what
	if version != 0 {
		path += fmt.Sprintf("?version=%d", version)
	}
	_, err := r.use(path)
	return err
}

// use the control.
func (r *contractRun) use(path string) (interface{}, error) {
	answer, err := http.Post(r.servers.Control+path, "", nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the control refused %s: %s %s", path, answer.Status, text)
	}
	if err != nil {
		return nil, err
	}
	return parseJSON(text)
}

// counted carries out a step and compares how many calls ended how at the server meanwhile.
func (r *contractRun) counted(step contractStep, work func() error) error {
	if step.Attempts == nil {
		return work()
	}
	before, err := r.use("/" + r.kind + "/calls")
	if err != nil {
		return err
	}
	if err := work(); err != nil {
		return err
	}
	for until := time.Now().Add(countsPatience); ; <-time.After(20 * time.Millisecond) {
		after, err := r.use("/" + r.kind + "/calls")
		if err != nil {
			return err
		}
		difference := map[string]interface{}{}
		for code := range step.Attempts {
			difference[code] = count(after, step.Call, code) - count(before, step.Call, code)
		}
		misfit := r.saved.fit(step.Attempts, difference, "attempts")
		if misfit == nil || time.Now().After(until) {
			return misfit
		}
	}
}

func count(calls interface{}, method, code string) float64 {
	value, _ := numberOf(object(object(calls)[method])[code])
	return value
}

func (r *contractRun) channel(step contractStep) (*lea.Channel, error) {
	endpoint := map[string]string{"agent": r.servers.Agent, "environment": r.servers.Environment}[r.kind]
	if step.Server == "nobody" {
		endpoint = r.servers.Nobody
	} else if step.Server != "" {
		return nil, fmt.Errorf("there is no server %s", step.Server)
	}
	settings := lea.DefaultSettings()
	if step.Retries != nil && !*step.Retries {
		settings.MaxAttempts = 1
	}
	key := fmt.Sprint(endpoint, settings.MaxAttempts)
	if channel, open := r.channels[key]; open {
		return channel, nil
	}
	channel, err := lea.Open(endpoint, lea.WithSettings(settings))
	if err == nil {
		r.channels[key] = channel
	}
	return channel, err
}

func (r *contractRun) fitOutcome(expected interface{}, actual outcome) error {
	wanted := object(expected)
	status, fails := wanted["status"]
	answer, succeeds := wanted["answer"]
	if len(wanted) != 1 || fails == succeeds {
		return fmt.Errorf("an outcome is an answer or a status, but this is %v", show(expected))
	}
	if succeeds {
		if actual.status != nil {
			return fmt.Errorf("the call failed: %s", show(actual.status))
		}
		return r.saved.fit(answer, actual.answer, "answer")
	}
	if actual.status == nil {
		return fmt.Errorf("the call succeeded: %s", show(actual.answer))
	}
	for key := range object(status) {
		if _, known := actual.status[key]; !known {
			return fmt.Errorf("a status has no %s", key)
		}
	}
	return r.saved.fit(status, actual.status, "status")
}

func (r *contractRun) fitEach(expected interface{}, outcomes []outcome) error {
	each, ok := object(expected)["each"].([]interface{})
	if !ok {
		return errors.New("calls made at once expect each of some outcomes")
	}
	counts := make([]float64, len(each))
outcomes:
	for _, actual := range outcomes {
		for i, wanted := range each {
			if r.fitOutcome(object(wanted)["outcome"], actual) == nil {
				counts[i]++
				continue outcomes
			}
		}
		return fmt.Errorf("no expected outcome fits %s%s", show(actual.status), show(actual.answer))
	}
	for i, wanted := range each {
		if err := r.saved.fit(object(wanted)["count"], counts[i], fmt.Sprintf("count %d", i)); err != nil {
			return err
		}
	}
	return nil
}

// statusOf is the typed error as the contract's cases name its parts; any other error is one of the test.
func statusOf(err error) (outcome, error) {
	var failure *lea.Error
	if !errors.As(err, &failure) {
		return outcome{}, err
	}
	reason := failure.Reason
	if failure.Domain == "" {
		reason = "" // this side's own reasons are not the contract's
	}
	metadata := map[string]interface{}{}
	for key, value := range failure.Metadata {
		metadata[key] = value
	}
	fields := []interface{}{}
	for _, field := range failure.Fields() {
		fields = append(fields, field)
	}
	var delay interface{}
	if value, delayed := failure.RetryDelay(); delayed {
		delay = float64(value) / float64(time.Millisecond)
	}
	return outcome{status: map[string]interface{}{
		"code":           codeNames[failure.Code],
		"reason":         reason,
		"metadata":       metadata,
		"fields":         fields,
		"message":        failure.Description,
		"retry_delay_ms": delay,
		"transient":      failure.IsTransient(),
	}}, nil
}

var codeNames = map[codes.Code]string{
	codes.Canceled: "CANCELLED", codes.Unknown: "UNKNOWN", codes.InvalidArgument: "INVALID_ARGUMENT",
	codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS",
	codes.PermissionDenied: "PERMISSION_DENIED", codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
	codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Aborted: "ABORTED", codes.OutOfRange: "OUT_OF_RANGE",
	codes.Unimplemented: "UNIMPLEMENTED", codes.Internal: "INTERNAL", codes.Unavailable: "UNAVAILABLE",
	codes.DataLoss: "DATA_LOSS", codes.Unauthenticated: "UNAUTHENTICATED",
}

func fromJSON(value interface{}, message proto.Message) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return protojson.Unmarshal(text, message)
}

func toJSON(message proto.Message) (interface{}, error) {
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(message)
	if err != nil {
		return nil, err
	}
	return parseJSON(text)
}

func parseJSON(text []byte) (value interface{}, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

func show(value interface{}) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if len(text) > 500 {
		return strings.ToValidUTF8(string(text[:500]), "") + "..."
	}
	return string(text)
}
