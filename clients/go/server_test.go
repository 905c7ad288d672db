package lea_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/runtime/protoiface"
	"google.golang.org/protobuf/types/known/durationpb"

	"lea.dev/lea"
)

// patient settings, so that a busy machine fails no test.
func patient() lea.Settings {
	settings := lea.DefaultSettings()
	settings.CallDeadline = 10 * time.Second
	settings.IdleTimeout = 10 * time.Second
	return settings
}

// serve starts a server inside the test's own process and tells where.
func serve(t *testing.T, register func(*grpc.Server), opts ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(opts...)
	register(server)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func open(t *testing.T, endpoint string, opts ...lea.Option) *lea.Channel {
	t.Helper()
	channel, err := lea.Open(endpoint, append([]lea.Option{lea.WithSettings(patient())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = channel.Close() })
	return channel
}

// refusal is a failure as Lea's servers send it; delay below 0: without RetryInfo.
func refusal(code codes.Code, message, reason string, delay time.Duration, fields ...string) error {
	details := []protoiface.MessageV1{
		&errdetails.ErrorInfo{Reason: reason, Domain: "lea.dev", Metadata: map[string]string{"bound": "9"}},
	}
	if delay >= 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(delay)})
	}
	if len(fields) > 0 {
		request := &errdetails.BadRequest{}
		for _, field := range fields {
			violation := &errdetails.BadRequest_FieldViolation{Field: field, Description: message}
			request.FieldViolations = append(request.FieldViolations, violation)
		}
		details = append(details, request)
	}
	told, err := status.New(code, message).WithDetails(details...)
	if err != nil {
		return err
	}
	return told.Err()
}

const noDelay = -time.Second

// failureOf requires that a call failed as the client's calls do.
func failureOf(t *testing.T, err error) *lea.Error {
	t.Helper()
	var failure *lea.Error
	if !errors.As(err, &failure) {
		t.Fatalf("it ended with %v, which is no *lea.Error", err)
	}
	return failure
}

func equal[T comparable](t *testing.T, what string, actual, expected T) {
	t.Helper()
	if actual != expected {
		t.Fatalf("%s is %v, not %v", what, actual, expected)
	}
}

func succeeds(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
