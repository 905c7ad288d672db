/// agent-server: hosts the policy and swaps it while it serves.
///
/// Read top-down: [dev.lea.agent.Main], [dev.lea.agent.AgentServer] (wiring), [dev.lea.agent.RecommendService] (a
/// call: lease a version, check the request against its catalogue, submit, answer),
/// [dev.lea.agent.Policy] (one loaded version: index, batcher, graph), [dev.lea.agent.PolicyGraph] (queries to
/// tensors and back). [dev.lea.agent.PolicyLoader] is what stands between a bundle on disk and the live slot.
///
/// Sees `serving` and `proto` only, and is imported by no other program.
package dev.lea.agent;
