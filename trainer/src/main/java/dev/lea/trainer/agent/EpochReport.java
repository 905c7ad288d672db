package dev.lea.trainer.agent;

/// One epoch of a training run.
///
/// @param epoch      from 1
/// @param loss       mean over the epoch's updates
/// @param validation NDCG@10 on the validation part
public record EpochReport(int epoch, double loss, double validation) {}
