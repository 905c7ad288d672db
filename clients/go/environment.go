package lea

import (
	"context"
	"errors"

	"lea.dev/lea/commonpb"
	"lea.dev/lea/environmentpb"
)

const maxQueries = 256

// EnvironmentClient asks env-server for states, rewards and positive actions. Its errors are of type *Error.
type EnvironmentClient struct {
	channel *Channel
	stub    environmentpb.EnvironmentServiceClient
	version int64
}

// NewEnvironmentClient makes a client over a channel, which stays the caller's to close.
func NewEnvironmentClient(channel *Channel) *EnvironmentClient {
	return &EnvironmentClient{channel: channel, stub: environmentpb.NewEnvironmentServiceClient(channel.Conn())}
}

// Pinned is the same client for one version: calls are answered by it or fail with FAILED_PRECONDITION, reason
// VERSION_MISMATCH. A request that pins a version itself keeps its own.
func (c *EnvironmentClient) Pinned(version int64) *EnvironmentClient {
	return &EnvironmentClient{channel: c.channel, stub: c.stub, version: version}
}

// Describe tells of the live LE.
func (c *EnvironmentClient) Describe(ctx context.Context) (*environmentpb.GetEnvironmentResponse, error) {
	return c.stub.GetEnvironment(ctx, &environmentpb.GetEnvironmentRequest{})
}

// States gives the states of histories, or of all their prefixes.
func (c *EnvironmentClient) States(
	ctx context.Context, request *environmentpb.GetStatesRequest,
) (*environmentpb.GetStatesResponse, error) {
	return c.stub.GetStates(ctx, withPin(request, c.version))
}

// Score gives the rewards of candidate actions.
func (c *EnvironmentClient) Score(
	ctx context.Context, request *environmentpb.ScoreActionsRequest,
) (*environmentpb.ScoreActionsResponse, error) {
	return c.stub.ScoreActions(ctx, withPin(request, c.version))
}

// Augment gives positive actions.
func (c *EnvironmentClient) Augment(
	ctx context.Context, request *environmentpb.AugmentActionsRequest,
) (*environmentpb.AugmentActionsResponse, error) {
	return c.stub.AugmentActions(ctx, withPin(request, c.version))
}

// PutItems registers items by their texts. Give the request an id: a repeat then changes nothing.
func (c *EnvironmentClient) PutItems(
	ctx context.Context, request *environmentpb.PutItemsRequest,
) (*environmentpb.PutItemsResponse, error) {
	return c.stub.PutItems(ctx, withPin(request, c.version))
}

// Batch says how many queries travel.
type Batch struct {
	// Size is the queries a call, 1 to 256. A call whose answer would be too large is made in halves.
	Size int
	// Concurrency is the calls under way at a time, 1 to 1024.
	Concurrency int
}

// DefaultBatch is 64 queries a call and 2 calls at a time.
var DefaultBatch = Batch{Size: 64, Concurrency: 2}

// Answered is one query's result and the version that gave it: two may differ where another version went live between.
type Answered[T any] struct {
	Model  *commonpb.ModelVersion
	Result T
}

// StatesOf asks for any number of queries, in calls of several each; results in the order of the queries.
func (c *EnvironmentClient) StatesOf(
	ctx context.Context, request *environmentpb.GetStatesRequest, batch Batch,
) ([]Answered[*environmentpb.StateResult], error) {
	ask := func(ctx context.Context, queries []*environmentpb.StateQuery) (
		*commonpb.ModelVersion, []*environmentpb.StateResult, error,
	) {
		answer, err := c.States(ctx, &environmentpb.GetStatesRequest{
			Queries:      queries,
			UnknownItems: request.GetUnknownItems(),
			Version:      request.GetVersion(),
			Format:       request.GetFormat(),
		})
		return answer.GetModel(), answer.GetResults(), err
	}
	return batched(ctx, request.GetQueries(), batch, ask)
}

// ScoresOf asks for any number of queries, as StatesOf.
func (c *EnvironmentClient) ScoresOf(
	ctx context.Context, request *environmentpb.ScoreActionsRequest, batch Batch,
) ([]Answered[*environmentpb.ScoreResult], error) {
	ask := func(ctx context.Context, queries []*environmentpb.ScoreQuery) (
		*commonpb.ModelVersion, []*environmentpb.ScoreResult, error,
	) {
		answer, err := c.Score(ctx, &environmentpb.ScoreActionsRequest{
			Queries:      queries,
			UnknownItems: request.GetUnknownItems(),
			Version:      request.GetVersion(),
		})
		return answer.GetModel(), answer.GetResults(), err
	}
	return batched(ctx, request.GetQueries(), batch, ask)
}

// AugmentedOf asks for any number of queries, as StatesOf.
func (c *EnvironmentClient) AugmentedOf(
	ctx context.Context, request *environmentpb.AugmentActionsRequest, batch Batch,
) ([]Answered[*environmentpb.AugmentResult], error) {
	ask := func(ctx context.Context, queries []*environmentpb.AugmentQuery) (
		*commonpb.ModelVersion, []*environmentpb.AugmentResult, error,
	) {
		answer, err := c.Augment(ctx, &environmentpb.AugmentActionsRequest{
			Queries:      queries,
			UnknownItems: request.GetUnknownItems(),
			Version:      request.GetVersion(),
			Augmentation: request.GetAugmentation(),
		})
		return answer.GetModel(), answer.GetResults(), err
	}
	return batched(ctx, request.GetQueries(), batch, ask)
}

// asking makes one call for some of the queries.
type asking[Q, T any] func(ctx context.Context, queries []Q) (*commonpb.ModelVersion, []T, error)

func batched[Q, T any](ctx context.Context, queries []Q, batch Batch, ask asking[Q, T]) ([]Answered[T], error) {
	if err := inRange("Batch.Size", batch.Size, 1, maxQueries); err != nil {
		return nil, err
	}
	answers, err := inOrder(ctx, pieces(queries, batch.Size), batch.Concurrency,
		func(ctx context.Context, piece []Q) ([]Answered[T], error) { return answersOf(ctx, piece, ask) })
	if err != nil {
		return nil, err
	}
	all := make([]Answered[T], 0, len(queries))
	for _, some := range answers {
		all = append(all, some...)
	}
	return all, nil
}

// answersOf halves what does not fit one answer, until it does or is a single query.
func answersOf[Q, T any](ctx context.Context, queries []Q, ask asking[Q, T]) ([]Answered[T], error) {
	model, results, err := ask(ctx, queries)
	var failure *Error
	if errors.As(err, &failure) && failure.Reason == "ANSWER_TOO_LARGE" && len(queries) > 1 {
		middle := (len(queries) + 1) / 2
		first, err := answersOf(ctx, queries[:middle], ask)
		if err != nil {
			return nil, err
		}
		second, err := answersOf(ctx, queries[middle:], ask)
		return append(first, second...), err
	}
	if err != nil {
		return nil, err
	}
	answers := make([]Answered[T], len(results))
	for i, result := range results {
		answers[i] = Answered[T]{model, result}
	}
	return answers, nil
}
