package lea

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// FieldViolation is what is wrong with one field of the request.
type FieldViolation struct {
	// Field is its path, for instance "history_item_ids[3]".
	Field string
	// Description is for people.
	Description string
}

// Error is a call that failed, with everything that the server said about it. Every error of this package's calls is
// one, or wraps one.
//
// Programs decide by Code and Reason; the message is for people and names the call and the server.
type Error struct {
	// Code is the call's canonical code.
	Code codes.Code
	// Description is what the server said, without the call's name.
	Description string
	// Reason is a stable UPPER_SNAKE name of the cause, empty when the answer carried none.
	Reason string
	// Domain says whose reason it is, "lea.dev" for Lea's servers; empty without one.
	Domain string
	// Metadata holds ids, bounds and values that belong to the reason.
	Metadata map[string]string
	// FieldViolations tell what is wrong with the request, field by field.
	FieldViolations []FieldViolation

	call       string
	status     *status.Status
	cause      error
	retryDelay time.Duration
	delayed    bool
}

// Error names the call, the server, the code, the reason and what the server said.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s", e.call, codeName(e.Code))
	if e.Reason != "" {
		fmt.Fprintf(&text, " (%s)", e.Reason)
	}
	if e.Description != "" {
		fmt.Fprintf(&text, ": %s", e.Description)
	}
	return text.String()
}

// Unwrap gives context.Canceled or context.DeadlineExceeded where that is how the call ended.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus is the whole status, for google.golang.org/grpc/status.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// RetryDelay is how long the server asks to wait before the next attempt; without it a repeat is not invited.
func (e *Error) RetryDelay() (delay time.Duration, ok bool) { return e.retryDelay, e.delayed }

// Fields are the names of the request's fields that are wrong.
func (e *Error) Fields() []string {
	fields := make([]string, 0, len(e.FieldViolations))
	for _, violation := range e.FieldViolations {
		fields = append(fields, violation.Field)
	}
	return fields
}

// IsTransient tells whether the same call may succeed later: nobody answered, or the server named a delay.
func (e *Error) IsTransient() bool {
	return e.Code == codes.Unavailable || e.Code == codes.ResourceExhausted && e.delayed
}

// IsOutage tells whether the server was away or not itself: nobody answered, it asked for patience, it fell silent, or
// it ended while it was at work. Work that can wait goes on when the server is back. A call that the caller's own
// context cancelled is no outage.
func (e *Error) IsOutage() bool {
	if e.cause == context.Canceled {
		return false
	}
	return e.IsTransient() || e.Code == codes.DeadlineExceeded || e.Code == codes.Canceled || e.Reason == reasonCut
}

// Reasons of failures that this side noticed.
const (
	reasonCut    = "STREAM_CUT"
	reasonIdle   = "STREAM_IDLE"
	reasonClosed = "CHANNEL_CLOSED"
)

// failureOf reads what a call ended with; call says what was asked of whom.
func failureOf(ctx context.Context, err error, call string) *Error {
	told := status.Convert(err)
	failure := &Error{
		Code:        told.Code(),
		Description: told.Message(),
		Metadata:    map[string]string{},
		call:        call,
		status:      told,
	}
	switch failure.Code {
	case codes.Canceled:
		failure.cause = ctx.Err()
	case codes.DeadlineExceeded:
		failure.cause = context.DeadlineExceeded
	}
	for _, detail := range told.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			failure.Reason, failure.Domain = detail.GetReason(), detail.GetDomain()
			for key, value := range detail.GetMetadata() {
				failure.Metadata[key] = value
			}
		case *errdetails.RetryInfo:
			if delay := detail.GetRetryDelay(); delay != nil {
				failure.delayed = true
				failure.retryDelay = time.Duration(delay.GetSeconds())*time.Second + time.Duration(delay.GetNanos())
			}
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				failure.FieldViolations = append(
					failure.FieldViolations, FieldViolation{violation.GetField(), violation.GetDescription()})
			}
		}
	}
	return failure
}

// localFailure is one that this side noticed.
func localFailure(code codes.Code, reason, description, call string) *Error {
	return &Error{
		Code:        code,
		Description: description,
		Reason:      reason,
		Metadata:    map[string]string{},
		call:        call,
		status:      status.New(code, description),
	}
}

// codeName writes a code as the contract does, for instance INVALID_ARGUMENT.
func codeName(code codes.Code) string {
	if code == codes.Canceled {
		return "CANCELLED"
	}
	var name strings.Builder
	for i, letter := range code.String() {
		if i > 0 && letter >= 'A' && letter <= 'Z' && code != codes.OK {
			name.WriteByte('_')
		}
		name.WriteRune(letter)
	}
	return strings.ToUpper(name.String())
}
