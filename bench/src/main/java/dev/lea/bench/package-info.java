/// Benchmarks: ratios against named rivals, each from one run on one machine, for people to read. Nothing here is
/// a test, and nothing depends on it. Each benchmark is a `main`: start at
/// [dev.lea.bench.TrainingStepBenchmark] or [dev.lea.bench.EnvironmentBenchmark].
package dev.lea.bench;
