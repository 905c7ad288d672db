/// Runs: from a data set to a policy that is live in agent-server, as a gRPC service.
///
/// [dev.lea.trainer.run.TrainerService] takes and shows runs; [dev.lea.trainer.run.RunQueue] does them one at a
/// time; [dev.lea.trainer.run.Pipeline] is what a run does, top-down on one screen; [dev.lea.trainer.run.RunRecord]
/// is what people see of it, kept on disk at every change of stage. Every stage leaves its result in the run's
/// folder, written aside and renamed, so that a run that was killed goes on by itself and ends with the same bits.
///
/// [dev.lea.trainer.run.RunSettings] holds every number.
package dev.lea.trainer.run;
