/// The Open Inference Protocol v2, which both servers speak beside their own services. [InferenceService] answers the
/// protocol's calls for one [InferenceModel]; [InferRequest] and [InferResponse] are its tensors, checked. What rows mean is
/// the model's, and goes the way that its own service's calls go.
///
/// May be imported by the servers.
package dev.lea.serving.rpc.inference;
