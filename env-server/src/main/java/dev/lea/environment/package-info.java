/// env-server: hosts the language environment and answers for it over gRPC.
///
/// Start at [dev.lea.environment.Main], then [dev.lea.environment.EnvironmentServer] (how the parts are put together) and
/// [dev.lea.environment.EnvironmentService] (what can be asked). [dev.lea.environment.RequestReader] turns ids into indices
/// and refuses what is unsound; [dev.lea.environment.Wire] turns answers into messages. The thinking is done in
/// [dev.lea.environment.model].
///
/// Nobody imports this module.
package dev.lea.environment;
