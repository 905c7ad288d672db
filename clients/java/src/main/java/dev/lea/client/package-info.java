/// The Java client: one class a service, over the generated stubs.
///
/// Start reading at [dev.lea.client.LeaChannel], the connection that all clients of one server share, then at
/// any of the clients; [dev.lea.client.LeaException] is everything that can go wrong. Every call has a
/// deadline. Calls that may be repeated safely are repeated within a budget when the server is
/// UNAVAILABLE, or RESOURCE_EXHAUSTED with a delay to wait; streams and rollbacks are never repeated.
///
/// The calls block, so make them from virtual threads where there are many. Anyone may import this
/// package; it sees the wire contract only.
package dev.lea.client;
