// Package lea is the Go client: one type a service, over the generated stubs.
//
// Start reading at Channel, the connection that all clients of one server share, then at any of the clients;
// Error is everything that can go wrong. Every call has a deadline. Calls that may be repeated safely are repeated
// within a budget when the server is UNAVAILABLE, or RESOURCE_EXHAUSTED with a delay to wait; streams and
// rollbacks are never repeated.
//
// The messages are in the packages beside it: agentpb, environmentpb, repositorypb, trainerpb and commonpb.
package lea
