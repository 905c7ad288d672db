/// From a history to the tensors of a graph: the only such code, so that training and serving cannot disagree.
///
/// The policy's is [dev.lea.serving.feature.HistoryFeature]. The environment's starts at
/// [dev.lea.serving.feature.PackedSequence], a history and all that is asked about it in one sequence;
/// [dev.lea.serving.feature.EnvironmentSpec] is what its bundle says of it.
///
/// May be imported by the servers and the trainer.
package dev.lea.serving.feature;
