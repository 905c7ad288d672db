package dev.lea.serving.onnx;

import ai.onnxruntime.OnnxJavaType;

/// Element types that Lea's graphs use, with their code in the ONNX format and their size.
///
/// `FLOAT16` and `UINT8` occur as stored weights only: what goes in and comes out is of the others.
public enum ElementType {
    FLOAT(1, 4, OnnxJavaType.FLOAT),
    UINT8(2, 1, OnnxJavaType.UINT8),
    INT64(7, 8, OnnxJavaType.INT64),
    BOOL(9, 1, OnnxJavaType.BOOL),
    FLOAT16(10, 2, OnnxJavaType.FLOAT16);

    private final int code;
    private final int bytes;
    private final OnnxJavaType java;

    ElementType(int code, int bytes, OnnxJavaType java) {
        this.code = code;
        this.bytes = bytes;
        this.java = java;
    }

    /// `TensorProto.DataType` of the ONNX format.
    public int code() {
        return code;
    }

    /// Size of one element.
    public int bytes() {
        return bytes;
    }

    static ElementType of(OnnxJavaType type) {
        for (ElementType t : values()) {
            if (t.java == type) {
                return t;
            }
        }
        throw new IllegalArgumentException("element type " + type + " is not one of Lea's graphs");
    }
}
