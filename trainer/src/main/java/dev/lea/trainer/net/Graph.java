package dev.lea.trainer.net;

import dev.lea.serving.onnx.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An ONNX graph under construction.
///
/// A training graph has fixed shapes; a serving graph leaves the batch open (dimension -1). Both are made
/// by the same network code. Three kinds of leaves: an **input** is fed at every run; a **parameter** is
/// trained, and becomes a constant when the graph is served; a **constant** never changes.
///
/// Not thread-safe.
public final class Graph {
    private final List<Operation> operations = new ArrayList<>();
    private final Map<String, Value> inputs = new LinkedHashMap<>();
    private final Map<String, Value> parameters = new LinkedHashMap<>();
    private final Map<String, Initial> initials = new HashMap<>();
    private final Map<String, TableRows> tables = new LinkedHashMap<>();
    private final Map<String, Constant> constants = new LinkedHashMap<>();
    private final Map<Object, Value> reusable = new HashMap<>();
    private final Map<Value, Operation> makers = new HashMap<>();
    private final Map<Value, Operation> ties = new HashMap<>();

    /// A leaf whose elements are part of the graph (`float[]` or `long[]`), or [FileRegion] says where they are.
    record Constant(Value value, Object elements) {}

    /// Where a constant's elements are, little-endian: a part of a file that stands beside the model.
    public record FileRegion(String file, long offset, long bytes) {}

    /// A leaf that is fed at every run.
    public Value input(String name, ElementType type, long... shape) {
        Value value = new Value(this, name, type, shape.clone());
        if (parameters.containsKey(name) || inputs.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("the graph has an input " + name + " already");
        }
        return value;
    }

    /// A leaf that is trained. Asking again for the same name gives the same leaf, so that a network that
    /// is applied twice shares its weights.
    public Value parameter(String name, long... shape) {
        Value value =
                parameters.computeIfAbsent(
                        name, n -> new Value(this, n, ElementType.FLOAT, shape.clone()));
        if (!Arrays.equals(value.shape, shape)) {
            throw Shapes.mismatch("give parameter " + name, value.shape, shape);
        }
        return value;
    }

    /// As [#parameter(String, long...)], saying also how its elements start.
    public Value parameter(String name, Initial initial, long... shape) {
        initials.putIfAbsent(name, initial);
        return parameter(name, shape);
    }

    /// A leaf that is trained and holds, at each update, the rows of a table that were chosen for it.
    ///
    /// @param row dimensions of one row
    public Value parameter(String name, Initial initial, TableRows rows, long... row) {
        tables.putIfAbsent(name, rows);
        return parameter(name, initial, shape(rows.slots(), row));
    }

    private static long[] shape(long rows, long[] row) {
        long[] shape = new long[1 + row.length];
        shape[0] = rows;
        System.arraycopy(row, 0, shape, 1, row.length);
        return shape;
    }

    /// A scalar that never changes.
    public Value constant(float scalar) {
        return reusable.computeIfAbsent(scalar, _ -> constant(new float[] {scalar}));
    }

    /// Integers that never change, for instance a shape: int64 [elements].
    public Value constant(long[] elements) {
        return reusable.computeIfAbsent(
                Arrays.stream(elements).boxed().toList(),
                _ ->
                        addConstant(
                                fresh("long"),
                                ElementType.INT64,
                                elements.clone(),
                                elements.length));
    }

    /// An int64 scalar that never changes.
    public Value index(long scalar) {
        return reusable.computeIfAbsent(
                List.of("index", scalar),
                _ -> addConstant(fresh("index"), ElementType.INT64, new long[] {scalar}));
    }

    /// Floats that never change, for instance frozen weights. The array is not copied.
    public Value constant(String name, float[] elements, long... shape) {
        return addConstant(name, ElementType.FLOAT, elements, shape);
    }

    /// Elements that never change and stay in a file, for instance the weights of a large frozen model. Asking
    /// again for the same name gives the same leaf.
    public Value constant(String name, ElementType type, FileRegion region, long... shape) {
        Constant known = constants.get(name);
        return known != null ? known.value() : addConstant(name, type, region, shape);
    }

    private Value constant(float[] scalar) {
        return addConstant(fresh("float"), ElementType.FLOAT, scalar);
    }

    /// A float tensor of zeros, made when the graph runs.
    public Value zeros(long... shape) {
        return add(
                "ConstantOfShape",
                List.of(constant(shape)),
                Map.of(),
                ElementType.FLOAT,
                shape,
                "none");
    }

    /// Joins values along an axis.
    public Value concat(int axis, Value... parts) {
        int at = Shapes.axis(axis, parts[0].shape.length);
        long[] shape = parts[0].shape.clone();
        for (int i = 1; i < parts.length; i++) {
            long more = parts[i].shape[at];
            shape[at] =
                    shape[at] == Shapes.OPEN || more == Shapes.OPEN
                            ? Shapes.OPEN
                            : shape[at] + more;
            for (int d = 0; d < shape.length; d++) {
                if (d != at) {
                    if (Shapes.differ(shape[d], parts[i].shape[d])) {
                        throw Shapes.mismatch("join", parts[0].shape, parts[i].shape);
                    }
                    shape[d] = Math.max(shape[d], parts[i].shape[d]);
                }
            }
        }
        return add("Concat", List.of(parts), Map.of("axis", (long) at), parts[0].type, shape);
    }

    /// The `k` largest elements of each row and their places: values, int64 indices. No gradient.
    ///
    /// @param k int64 [1]
    public List<Value> topK(Value rows, Value k) {
        long[] shape = rows.shape.clone();
        shape[shape.length - 1] = Shapes.OPEN;
        String name = fresh("TopK");
        Value values = new Value(this, name, rows.type, shape);
        Value indices = new Value(this, name + ".places", ElementType.INT64, shape);
        record(
                new Operation(
                        "TopK",
                        "",
                        List.of(rows, k),
                        List.of(values, indices),
                        Map.of("axis", -1L),
                        "none"));
        return List.of(values, indices);
    }

    /// This table with `updates` added to the rows at `indices` (int64 [count, 1]). No gradient.
    Value scatterAdd(Value table, Value indices, Value updates) {
        return add(
                "ScatterND",
                List.of(table, indices, updates),
                Map.of("reduction", "add"),
                table.type,
                table.shape,
                "none");
    }

    /// Along the last axis, `updates` written (or added, where `add`) at `indices`. No gradient.
    public Value scatterElements(Value rows, Value indices, Value updates, boolean add) {
        return add(
                "ScatterElements",
                List.of(rows, indices, updates),
                add ? Map.of("axis", -1L, "reduction", "add") : Map.of("axis", -1L),
                rows.type,
                rows.shape,
                "none");
    }

    /// A name for an existing value, for instance of an output.
    public Value named(String name, Value value) {
        Value output = new Value(this, name, value.type, value.shape);
        record(
                new Operation(
                        "Identity", "", List.of(value), List.of(output), Map.of(), "Identity"));
        return output;
    }

    Value add(
            String type,
            List<Value> in,
            Map<String, Object> attributes,
            ElementType element,
            long[] shape) {
        return add(type, in, attributes, element, shape, type);
    }

    Value add(
            String type,
            List<Value> in,
            Map<String, Object> attributes,
            ElementType element,
            long[] shape,
            String rule) {
        return add(type, "", in, attributes, element, shape, rule);
    }

    /// An operator of ONNX Runtime's own set.
    Value addOfRuntime(
            String type,
            List<Value> in,
            Map<String, Object> attributes,
            long[] shape,
            String rule) {
        return add(type, "com.microsoft", in, attributes, ElementType.FLOAT, shape, rule);
    }

    private Value add(
            String type,
            String domain,
            List<Value> in,
            Map<String, Object> attributes,
            ElementType element,
            long[] shape,
            String rule) {
        Value output = new Value(this, fresh(type), element, shape.clone());
        record(new Operation(type, domain, in, List.of(output), attributes, rule));
        return output;
    }

    /// Says that `output`, however its nodes compute it, is differentiated by `rule` from `in`.
    Value tie(String rule, List<Value> in, Value output) {
        ties.put(output, new Operation(rule, "", in, List.of(output), Map.of(), rule));
        return output;
    }

    private void record(Operation operation) {
        for (Value input : operation.inputs()) {
            if (input.graph != this) {
                throw new IllegalArgumentException(input + " belongs to another graph");
            }
        }
        operations.add(operation);
        operation.outputs().forEach(output -> makers.put(output, operation));
    }

    private Value addConstant(String name, ElementType type, Object elements, long... shape) {
        Value value = new Value(this, name, type, shape.clone());
        if (constants.putIfAbsent(name, new Constant(value, elements)) != null) {
            throw new IllegalArgumentException("the graph has a constant " + name + " already");
        }
        return value;
    }

    private String fresh(String type) {
        return type + "_" + (operations.size() + constants.size()) + "_" + makers.size();
    }

    /// The operation whose gradient rule holds for a value; null for a leaf.
    Operation differentiable(Value value) {
        Operation tied = ties.get(value);
        return tied != null ? tied : makers.get(value);
    }

    Operation maker(Value value) {
        return makers.get(value);
    }

    List<Operation> operations() {
        return operations;
    }

    /// Leaves that are fed, by name, in the order in which they were declared.
    public Map<String, Value> inputs() {
        return java.util.Collections.unmodifiableMap(inputs);
    }

    /// Trained leaves by name, in the order in which the network asked for them.
    public Map<String, Value> parameters() {
        return java.util.Collections.unmodifiableMap(parameters);
    }

    /// Parameters of which the graph holds chosen rows alone, by name.
    public Map<String, TableRows> tables() {
        return java.util.Collections.unmodifiableMap(tables);
    }

    /// Dimensions of a parameter, all its rows counted.
    long[] wholeShape(String parameter) {
        long[] shape = parameters.get(parameter).shape.clone();
        TableRows rows = tables.get(parameter);
        if (rows != null) {
            shape[0] = rows.rows();
        }
        return shape;
    }

    Initial initial(String parameter) {
        Initial initial = initials.get(parameter);
        if (initial == null) {
            throw new IllegalArgumentException("parameter " + parameter + " has no initial value");
        }
        return initial;
    }

    /// The elements of an integer constant.
    long[] integers(Value constant) {
        return (long[]) constants.get(constant.name).elements();
    }

    Map<String, Constant> constants() {
        return constants;
    }
}
