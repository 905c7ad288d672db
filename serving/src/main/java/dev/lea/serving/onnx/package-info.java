/// The only package that touches ONNX Runtime. [dev.lea.serving.onnx.OnnxModel] is a loaded graph,
/// [dev.lea.serving.onnx.Tensor] what goes in and comes out; serving and training both run through them.
/// `dev.lea.serving.onnx.format` is generated: the model file's own format.
///
/// Rules that hold here, each measured to matter: a session is never closed while a run is inside it
/// (callers lease it, see [dev.lea.serving.swap]); session options outlive their session; every native
/// tensor is closed; native calls belong on named platform threads, never on virtual ones.
package dev.lea.serving.onnx;
