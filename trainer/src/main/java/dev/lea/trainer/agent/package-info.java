/// The recommender agents: how one is trained, with or without what the environment gives, and how it leaves
/// as a policy that agent-server can serve.
///
/// [dev.lea.trainer.agent.AgentTraining] is the loop, [dev.lea.trainer.agent.AgentSettings] everything that
/// decides how it goes, [dev.lea.trainer.agent.PolicyBundle] the way out. The mathematics stands in one file an
/// idea: [dev.lea.trainer.agent.SasRec] (the encoder), [dev.lea.trainer.agent.PolicyNetwork] (its heads),
/// [dev.lea.trainer.agent.TemporalDifference], [dev.lea.trainer.agent.SqnLoss],
/// [dev.lea.trainer.agent.SnqnLoss], [dev.lea.trainer.agent.PositiveActionLoss], and
/// [dev.lea.trainer.agent.ValueUpdate], which wires them into one graph. Start at
/// [dev.lea.trainer.agent.AgentTraining].
///
/// The trainer's runs may import it. It knows `net` and `data`, and nothing of the wire: what the environment
/// said comes in as [dev.lea.trainer.agent.Annotations].
package dev.lea.trainer.agent;
