package dev.lea.trainer.net;

import com.google.protobuf.ByteString;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.format.AttributeProto;
import dev.lea.serving.onnx.format.GraphProto;
import dev.lea.serving.onnx.format.ModelProto;
import dev.lea.serving.onnx.format.NodeProto;
import dev.lea.serving.onnx.format.OperatorSetIdProto;
import dev.lea.serving.onnx.format.StringStringEntryProto;
import dev.lea.serving.onnx.format.TensorProto;
import dev.lea.serving.onnx.format.TensorShapeProto;
import dev.lea.serving.onnx.format.TypeProto;
import dev.lea.serving.onnx.format.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Writes the part of a graph that leads to given outputs as an ONNX model.
public final class OnnxWriter {
    private static final long OPERATOR_SET = 23;
    private static final long IR_VERSION = 10;

    private OnnxWriter() {}

    /// For training: parameters are inputs, fed at every run.
    public static byte[] training(Graph graph, Collection<Value> outputs) {
        return write(graph, outputs, null);
    }

    /// For serving with parameters from elsewhere: they are inputs, fed at every run.
    ///
    /// @param outputs the graph's outputs, each from [Graph#named]
    public static byte[] serving(Graph graph, Collection<Value> outputs) {
        return write(graph, outputs, null);
    }

    /// For serving: parameters are part of the model. Open dimensions carry the names given, or are unnamed.
    ///
    /// @param outputs the graph's outputs, each from [Graph#named]
    public static byte[] serving(Graph graph, Collection<Value> outputs, Parameters parameters) {
        return write(graph, outputs, parameters);
    }

    private static byte[] write(Graph graph, Collection<Value> outputs, Parameters parameters) {
        Set<String> used = new HashSet<>();
        List<Operation> operations = leadingTo(graph, outputs, used);
        GraphProto.Builder proto = GraphProto.newBuilder().setName("lea");
        operations.forEach(operation -> proto.addNode(node(operation)));
        graph.constants()
                .forEach((name, constant) -> {
                    if (used.contains(name)) {
                        proto.addInitializer(tensor(constant));
                    }
                });
        graph.inputs()
                .forEach((name, value) -> {
                    if (used.contains(name)) {
                        proto.addInput(info(value));
                    }
                });
        graph.parameters()
                .forEach((name, value) -> {
                    if (!used.contains(name)) {
                        return;
                    }
                    if (parameters == null) {
                        proto.addInput(info(value));
                    } else {
                        Parameters.Array array = parameters.array(name);
                        if (!Arrays.equals(array.shape(), value.shape)) {
                            throw Shapes.mismatch(
                                    "give parameter " + name, value.shape, array.shape());
                        }
                        proto.addInitializer(tensor(name, array.shape(), array.elements()));
                    }
                });
        outputs.forEach(output -> proto.addOutput(info(output)));
        ModelProto.Builder model =
                ModelProto.newBuilder()
                        .setIrVersion(IR_VERSION)
                        .setProducerName("lea")
                        .addOpsetImport(
                                OperatorSetIdProto.newBuilder()
                                        .setDomain("")
                                        .setVersion(OPERATOR_SET));
        operations.stream()
                .map(Operation::domain)
                .filter(domain -> !domain.isEmpty())
                .distinct()
                .forEach(domain ->
                        model.addOpsetImport(
                                OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(1)));
        return model.setGraph(proto).build().toByteArray();
    }

    private static List<Operation> leadingTo(
            Graph graph, Collection<Value> outputs, Set<String> used) {
        Set<Operation> needed =
                java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
        ArrayDeque<Value> open = new ArrayDeque<>(outputs);
        while (!open.isEmpty()) {
            Value value = open.pop();
            used.add(value.name);
            Operation maker = graph.maker(value);
            if (maker != null && needed.add(maker)) {
                open.addAll(maker.inputs());
            }
        }
        List<Operation> ordered = new ArrayList<>(graph.operations());
        ordered.removeIf(operation -> !needed.contains(operation));
        return ordered;
    }

    private static NodeProto node(Operation operation) {
        NodeProto.Builder node =
                NodeProto.newBuilder()
                        .setOpType(operation.type())
                        .setDomain(operation.domain())
                        .setName(operation.output().name);
        operation.inputs().forEach(input -> node.addInput(input.name));
        operation.outputs().forEach(output -> node.addOutput(output.name));
        new TreeMap<>(operation.attributes()) // the same bytes from every process
                .forEach((name, value) -> node.addAttribute(attribute(name, value)));
        return node.build();
    }

    private static AttributeProto attribute(String name, Object value) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
        switch (value) {
            case Long i -> attribute.setType(AttributeProto.AttributeType.INT).setI(i);
            case Float f -> attribute.setType(AttributeProto.AttributeType.FLOAT).setF(f);
            case String s ->
                    attribute
                            .setType(AttributeProto.AttributeType.STRING)
                            .setS(ByteString.copyFromUtf8(s));
            case long[] many -> {
                attribute.setType(AttributeProto.AttributeType.INTS);
                Arrays.stream(many).forEach(attribute::addInts);
            }
            default ->
                    throw new IllegalArgumentException(
                            "attribute " + name + " of " + value.getClass());
        }
        return attribute.build();
    }

    private static TensorProto tensor(Graph.Constant constant) {
        Value value = constant.value();
        return constant.elements() instanceof Graph.FileRegion region
                ? outside(value, region)
                : tensor(value.name, value.shape, constant.elements());
    }

    private static TensorProto outside(Value value, Graph.FileRegion region) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder()
                        .setName(value.name)
                        .setDataType(value.type.code())
                        .setDataLocation(TensorProto.DataLocation.EXTERNAL);
        Arrays.stream(value.shape).forEach(tensor::addDims);
        Map.of(
                        "location", region.file(),
                        "offset", Long.toString(region.offset()),
                        "length", Long.toString(region.bytes()))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry ->
                        tensor.addExternalData(
                                StringStringEntryProto.newBuilder()
                                        .setKey(entry.getKey())
                                        .setValue(entry.getValue())));
        return tensor.build();
    }

    private static TensorProto tensor(String name, long[] shape, Object elements) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name);
        Arrays.stream(shape).forEach(tensor::addDims);
        if (elements instanceof float[] floats) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(floats);
            return tensor.setDataType(ElementType.FLOAT.code())
                    .setRawData(ByteString.copyFrom(bytes))
                    .build();
        }
        long[] longs = (long[]) elements;
        ByteBuffer bytes =
                ByteBuffer.allocate(longs.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(longs);
        return tensor.setDataType(ElementType.INT64.code())
                .setRawData(ByteString.copyFrom(bytes))
                .build();
    }

    private static ValueInfoProto info(Value value) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dimension : value.shape) {
            TensorShapeProto.Dimension.Builder one = TensorShapeProto.Dimension.newBuilder();
            shape.addDim(dimension == Shapes.OPEN ? one : one.setDimValue(dimension));
        }
        return ValueInfoProto.newBuilder()
                .setName(value.name)
                .setType(
                        TypeProto.newBuilder()
                                .setTensorType(
                                        TypeProto.Tensor.newBuilder()
                                                .setElemType(value.type.code())
                                                .setShape(shape)))
                .build();
    }
}
