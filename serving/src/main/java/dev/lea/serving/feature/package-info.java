/// From a history to the tensors of a policy's graph: the only such code, so that training and serving cannot
/// disagree. Start at [dev.lea.serving.feature.HistoryFeature].
///
/// May be imported by the servers and the trainer.
package dev.lea.serving.feature;
