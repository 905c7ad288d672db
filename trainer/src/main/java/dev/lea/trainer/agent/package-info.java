/// The recommender agents: how one is trained, with or without what the environment gives, and how it leaves
/// as a policy that agent-server can serve.
///
/// [dev.lea.trainer.agent.AgentTraining] is the loop, [dev.lea.trainer.agent.AgentSettings] everything that
/// decides how it goes, [dev.lea.trainer.agent.PolicyBundle] the way out. The mathematics stands in one file an
/// idea. Encoders: [dev.lea.trainer.agent.SasRec], [dev.lea.trainer.agent.Gru4Rec]; their heads:
/// [dev.lea.trainer.agent.PolicyNetwork]. Algorithms: [dev.lea.trainer.agent.SupervisedUpdate],
/// [dev.lea.trainer.agent.SqnLoss], [dev.lea.trainer.agent.SacLoss], [dev.lea.trainer.agent.SnqnLoss],
/// [dev.lea.trainer.agent.Sa2cLoss], all on [dev.lea.trainer.agent.TemporalDifference]. What the environment adds:
/// [dev.lea.trainer.agent.Lea], [dev.lea.trainer.agent.PositiveActionLoss].
/// [dev.lea.trainer.agent.ValueUpdate] wires them into one graph. Updates that see a sample of a large catalogue:
/// [dev.lea.trainer.agent.Candidates], [dev.lea.trainer.agent.Slots], [dev.lea.trainer.agent.Gathering]. Start at
/// [dev.lea.trainer.agent.AgentTraining].
///
/// The trainer's runs may import it. It knows `net` and `data`, and nothing of the wire: what the environment
/// said comes in as [dev.lea.trainer.agent.Annotations].
package dev.lea.trainer.agent;
