package dev.lea.serving.onnx;

import com.google.protobuf.ByteString;
import dev.lea.serving.onnx.format.AttributeProto;
import dev.lea.serving.onnx.format.GraphProto;
import dev.lea.serving.onnx.format.ModelProto;
import dev.lea.serving.onnx.format.NodeProto;
import dev.lea.serving.onnx.format.OperatorSetIdProto;
import dev.lea.serving.onnx.format.TensorProto;
import dev.lea.serving.onnx.format.TensorShapeProto;
import dev.lea.serving.onnx.format.TypeProto;
import dev.lea.serving.onnx.format.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// Writes small ONNX models by hand: what probes a device, and the toy models of tests. Networks that learn are built
/// by the trainer.
public final class GraphBuilder {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("lea");

    /// @param shape numbers are fixed dimensions, words are open ones
    public GraphBuilder input(String name, ElementType type, Object... shape) {
        graph.addInput(value(name, type, shape));
        return this;
    }

    public GraphBuilder output(String name, ElementType type, Object... shape) {
        graph.addOutput(value(name, type, shape));
        return this;
    }

    public GraphBuilder constant(String name, float[] data, long... shape) {
        var bytes = ByteBuffer.allocate(4 * data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(data);
        return constant(name, ElementType.FLOAT, bytes, shape);
    }

    public GraphBuilder constant(String name, long[] data, long... shape) {
        var bytes = ByteBuffer.allocate(8 * data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(data);
        return constant(name, ElementType.INT64, bytes, shape);
    }

    public GraphBuilder node(
            String type, List<String> inputs, List<String> outputs, Object... attributes) {
        var node =
                NodeProto.newBuilder()
                        .setOpType(type)
                        .setName(outputs.getFirst())
                        .addAllInput(inputs)
                        .addAllOutput(outputs);
        for (int i = 0; i < attributes.length; i += 2) {
            node.addAttribute(
                    AttributeProto.newBuilder()
                            .setName((String) attributes[i])
                            .setType(AttributeProto.AttributeType.INT)
                            .setI((int) attributes[i + 1]));
        }
        graph.addNode(node);
        return this;
    }

    /// The model's bytes.
    public byte[] build() {
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .setProducerName("lea")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(21))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private GraphBuilder constant(String name, ElementType type, ByteBuffer data, long... shape) {
        var tensor =
                TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(type.code())
                        .setRawData(ByteString.copyFrom(data.duplicate()));
        for (long dimension : shape) {
            tensor.addDims(dimension);
        }
        graph.addInitializer(tensor);
        return this;
    }

    private static ValueInfoProto value(String name, ElementType type, Object... shape) {
        var dimensions = TensorShapeProto.newBuilder();
        for (Object dimension : shape) {
            var builder = TensorShapeProto.Dimension.newBuilder();
            dimensions.addDim(
                    dimension instanceof Number number
                            ? builder.setDimValue(number.longValue())
                            : builder.setDimParam((String) dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(
                        TypeProto.newBuilder()
                                .setTensorType(
                                        TypeProto.Tensor.newBuilder()
                                                .setElemType(type.code())
                                                .setShape(dimensions)))
                .build();
    }
}
