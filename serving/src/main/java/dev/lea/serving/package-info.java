/// What both servers and the trainer share. [dev.lea.serving.Failure] is the family of everything that
/// may go wrong with a request; the packages below are the dangerous code, written once.
///
/// Start reading at [dev.lea.serving.bundle] (what a model is on disk), then [dev.lea.serving.onnx] (how
/// it runs), [dev.lea.serving.swap] (how it is replaced) and [dev.lea.serving.rpc] (how it is asked).
package dev.lea.serving;
