/// The language environment without its wire: histories and items are dense indices, answers are arrays.
///
/// Start at [dev.lea.environment.model.LanguageEnvironment], one loaded version with all it can be asked. Below it:
/// [dev.lea.environment.model.Passes] turns questions into packed rows and rows into passes of bounded size,
/// [dev.lea.environment.model.WorkPool] runs passes on its own platform threads, calls before bulk,
/// [dev.lea.environment.model.EnvironmentGraph] is the native part. What has been answered is kept by
/// [dev.lea.environment.model.Answers] across calls and versions. [dev.lea.environment.model.EnvironmentLoader] lets nothing
/// go live that does not keep the contract of docs/architecture.md.
///
/// Knows nothing of gRPC or the wire contract. May be imported by this module alone.
package dev.lea.environment.model;
