package dev.lea.serving.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;

/// What one run of a graph gave. Close it when its tensors have been read.
public final class Outputs implements AutoCloseable {
    private final OrtSession.Result result;

    Outputs(OrtSession.Result result) {
        this.result = result;
    }

    /// An output that was asked for. It is closed with this object.
    public Tensor get(String name) {
        return Tensor.ofNative(
                (OnnxTensor)
                        result.get(name)
                                .orElseThrow(() ->
                                        new IllegalArgumentException(
                                                "no output " + name + " was asked for")));
    }

    public float[] floats(String name) {
        return get(name).toFloats();
    }

    public long[] longs(String name) {
        return get(name).toLongs();
    }

    @Override
    public void close() {
        result.close();
    }
}
