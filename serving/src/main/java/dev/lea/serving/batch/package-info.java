/// Micro-batching: many small requests become few large runs of a model.
/// [dev.lea.serving.batch.MicroBatcher] takes work from any thread without blocking it and runs it on its own
/// platform threads, which are the only threads of a server that should be inside native code.
///
/// May be imported by anyone; knows neither gRPC nor ONNX.
package dev.lea.serving.batch;
