package dev.lea.serving.rpc.inference;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.lea.proto.inference.InferParameter;
import dev.lea.proto.inference.InferTensorContents;
import dev.lea.proto.inference.ModelInferResponse;
import dev.lea.serving.swap.Version;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// An answer's tensors, in the form in which the request's came: raw or typed.
public final class InferResponse {
    private final InferRequest request;
    private final ModelInferResponse.Builder message = ModelInferResponse.newBuilder();

    /// @param version that answered all rows
    public InferResponse(InferRequest request, Version version) {
        this.request = request;
        message.setModelVersion(Long.toString(version.number()))
                .setId(request.id())
                .putParameters(
                        "digest",
                        InferParameter.newBuilder().setStringParam(version.digest()).build());
    }

    /// Adds ids, if they are wanted; an empty one fills a row up.
    ///
    /// @param ids [rows, columns]
    public InferResponse ids(String name, int rows, int columns, List<String> ids) {
        if (request.wants(name)) {
            List<ByteString> elements = ids.stream().map(ByteString::copyFromUtf8).toList();
            add(
                    name,
                    TensorMetadata.BYTES,
                    rows,
                    columns,
                    request.isRaw() ? raw(elements) : null,
                    InferTensorContents.newBuilder().addAllBytesContents(elements));
        }
        return this;
    }

    /// Adds figures, if they are wanted; NaN fills a row up.
    ///
    /// @param values [rows, columns]
    public InferResponse floats(String name, int rows, int columns, float[] values) {
        if (request.wants(name)) {
            var contents = InferTensorContents.newBuilder();
            ByteString raw = null;
            if (request.isRaw()) {
                var bytes =
                        ByteBuffer.allocate(Float.BYTES * values.length)
                                .order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(values);
                raw = UnsafeByteOperations.unsafeWrap(bytes);
            } else {
                for (float value : values) {
                    contents.addFp32Contents(value);
                }
            }
            add(name, TensorMetadata.FP32, rows, columns, raw, contents);
        }
        return this;
    }

    ModelInferResponse toProto(String model) {
        return message.setModelName(model).build();
    }

    private void add(
            String name,
            String datatype,
            int rows,
            int columns,
            ByteString raw,
            InferTensorContents.Builder contents) {
        var output =
                ModelInferResponse.InferOutputTensor.newBuilder()
                        .setName(name)
                        .setDatatype(datatype)
                        .addShape(rows)
                        .addShape(columns);
        if (raw == null) {
            output.setContents(contents);
        } else {
            message.addRawOutputContents(raw);
        }
        message.addOutputs(output);
    }

    private static ByteString raw(List<ByteString> elements) {
        int size = elements.stream().mapToInt(e -> Integer.BYTES + e.size()).sum();
        var bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        for (ByteString element : elements) {
            bytes.putInt(element.size());
            element.copyTo(bytes);
        }
        return UnsafeByteOperations.unsafeWrap(bytes.flip());
    }
}
