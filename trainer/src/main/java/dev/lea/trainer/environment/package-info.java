/// The LLM environment (LE): a language model turned into a model of the user (METHOD: arXiv 2403.16948, section 3).
///
/// In order: [dev.lea.trainer.environment.ItemTokenFit] gives every item a token of the model's input space;
/// [dev.lea.trainer.environment.EnvironmentFit] fits the model, a state projection and a score head to logged
/// sequences; [dev.lea.trainer.environment.FittedEnvironment] is the result, run through the very graph that
/// is served; [dev.lea.trainer.environment.EnvironmentReport] says how good it is on users it never saw, and
/// whether it passes the gate; [dev.lea.trainer.environment.EnvironmentBundle] writes what env-server hosts.
///
/// [dev.lea.trainer.environment.EnvironmentNetwork] is the network, declared once. Knows nothing of agents.
package dev.lea.trainer.environment;
