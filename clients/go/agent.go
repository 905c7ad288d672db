package lea

import (
	"context"

	"lea.dev/lea/agentpb"
)

// AgentClient asks agent-server for recommendations. Its errors are of type *Error.
type AgentClient struct {
	stub    agentpb.AgentServiceClient
	version int64
}

// NewAgentClient makes a client over a channel, which stays the caller's to close.
func NewAgentClient(channel *Channel) *AgentClient {
	return &AgentClient{stub: agentpb.NewAgentServiceClient(channel.Conn())}
}

// Pinned is the same client for one version: calls are answered by it or fail with FAILED_PRECONDITION, reason
// VERSION_MISMATCH. A request that pins a version itself keeps its own.
func (c *AgentClient) Pinned(version int64) *AgentClient {
	return &AgentClient{stub: c.stub, version: version}
}

// Recommend gives the k best items to show next.
func (c *AgentClient) Recommend(
	ctx context.Context, request *agentpb.RecommendRequest,
) (*agentpb.RecommendResponse, error) {
	return c.stub.Recommend(ctx, withPin(request, c.version))
}

// ScoreItems tells what the policy makes of items that the request names.
func (c *AgentClient) ScoreItems(
	ctx context.Context, request *agentpb.ScoreItemsRequest,
) (*agentpb.ScoreItemsResponse, error) {
	return c.stub.ScoreItems(ctx, withPin(request, c.version))
}

// RecommendAll makes one call for each request, several at a time, and gives the answers in the order of the
// requests. The first failure ends the others.
//
// concurrency is 1 to 1024 calls under way at a time.
func (c *AgentClient) RecommendAll(
	ctx context.Context, requests []*agentpb.RecommendRequest, concurrency int,
) ([]*agentpb.RecommendResponse, error) {
	return inOrder(ctx, requests, concurrency, c.Recommend)
}
