package dev.lea.trainer.net;

import static java.util.Objects.requireNonNull;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/// A network's parameters with their Adam moments and the number of updates done.
///
/// What a step reads and writes stands twice in native memory: it reads one set and writes the other, which then
/// take turns. Of a parameter of many rows ([TableRows]) that is the rows chosen for the step; the whole stands once.
/// Not thread-safe.
public final class TrainingState implements AutoCloseable {
    private record Trained(Twin parameter, Twin mean, Twin square) {
        static Trained zeros(long[] shape) {
            return new Trained(new Twin(shape), new Twin(shape), new Twin(shape));
        }

        void turn() {
            parameter.turn();
            mean.turn();
            square.turn();
        }

        void close() {
            parameter.close();
            mean.close();
            square.close();
        }
    }

    /// Two tensors of one shape: `now` is read, `next` is written.
    private static final class Twin {
        Tensor now;
        Tensor next;

        Twin(long[] shape) {
            now = Tensor.zeros(ElementType.FLOAT, shape);
            next = Tensor.zeros(ElementType.FLOAT, shape);
        }

        void turn() {
            Tensor read = now;
            now = next;
            next = read;
        }

        void close() {
            now.close();
            next.close();
        }
    }

    /// A parameter that stands outside of the graph.
    private static final class Table {
        final TableRows rows;
        final long[] shape;
        final RowTable whole;
        int[] choice = new int[0];

        Table(TableRows rows, Parameters.Array initial, IdleUpdates idle) {
            this.rows = rows;
            this.shape = initial.shape();
            int width = initial.elements().length / rows.rows();
            this.whole = new RowTable(rows.rows(), width, initial.elements(), rows.slots(), idle);
        }
    }

    private final Map<String, Trained> trained = new LinkedHashMap<>();
    private final Map<String, Table> tables = new LinkedHashMap<>();
    private long step;
    private final float[] rate = {
        0
    }; // of the last update; untouched rows are still to be moved with it

    /// Starts from parameters, with moments of zero.
    public TrainingState(Parameters parameters) {
        this(parameters, Map.of(), Adam.DEFAULT);
    }

    /// Starts from parameters, with moments of zero.
    ///
    /// @param tables parameters of which a step sees chosen rows alone
    /// @param adam   by which they are trained
    public TrainingState(Parameters parameters, Map<String, TableRows> tables, Adam adam) {
        var idle = tables.isEmpty() ? null : new IdleUpdates(adam);
        parameters
                .arrays()
                .forEach((name, array) -> {
                    TableRows rows = tables.get(name);
                    long[] shape = array.shape().clone();
                    if (rows == null) {
                        Trained dense = Trained.zeros(shape);
                        dense.parameter().now.floats().put(array.elements());
                        trained.put(name, dense);
                    } else {
                        shape[0] = rows.slots();
                        trained.put(name, Trained.zeros(shape));
                        this.tables.put(name, new Table(rows, array, idle));
                    }
                });
    }

    /// Updates done since the moments were last zero.
    public long step() {
        return step;
    }

    /// A copy of the parameters as they stand.
    public Parameters parameters() {
        return parameters(_ -> true);
    }

    /// A copy of those whose names are accepted.
    public Parameters parameters(Predicate<String> accepted) {
        Map<String, Parameters.Array> arrays = new LinkedHashMap<>();
        trained.forEach((name, t) -> {
            Table table = tables.get(name);
            if (accepted.test(name)) {
                arrays.put(
                        name,
                        table == null
                                ? new Parameters.Array(
                                        t.parameter().now.shape(), t.parameter().now.toFloats())
                                : new Parameters.Array(
                                        table.shape, table.whole.settled(step, rate[0])));
            }
        });
        return new Parameters(arrays);
    }

    /// Sets the moments to zero: a fresh optimiser on the same parameters.
    public void forget() {
        tables.values().forEach(table -> table.whole.forget(step, rate[0]));
        trained.values()
                .forEach(t -> {
                    clear(t.mean().now);
                    clear(t.square().now);
                });
        step = 0;
    }

    /// Takes the rows that the next step sees out of the tables.
    ///
    /// @param choices numbers of rows, or [TableRows#EMPTY], slot by slot, by the name of the choice
    void choose(Map<String, int[]> choices) {
        tables.forEach((name, table) -> {
            Trained t = trained.get(name);
            table.choice = requireNonNull(choices.get(table.rows.choice()), table.rows.choice());
            table.whole.gather(
                    table.choice,
                    step,
                    rate[0],
                    t.parameter().now.floats(),
                    t.mean().now.floats(),
                    t.square().now.floats());
        });
    }

    /// Feeds the parameters, under `prefix`, to a step that does not train them.
    void feed(String prefix, Map<String, Tensor> inputs) {
        trained.forEach((name, t) -> inputs.put(prefix + name, t.parameter().now));
    }

    /// Feeds parameters and moments, and names where the updated ones go.
    void feedTrained(String prefix, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        trained.forEach((name, t) -> {
            String p = prefix + name;
            inputs.put(p, t.parameter().now);
            inputs.put(p + "#mean", t.mean().now);
            inputs.put(p + "#square", t.square().now);
            outputs.put(p + "#next", t.parameter().next);
            outputs.put(p + "#mean#next", t.mean().next);
            outputs.put(p + "#square#next", t.square().next);
        });
    }

    /// Takes the updated tensors as the current ones.
    ///
    /// @param rate at which they were updated
    void turn(double rate) {
        trained.values().forEach(Trained::turn);
        step++;
        this.rate[0] = (float) rate;
        tables.forEach((name, table) -> {
            Trained t = trained.get(name);
            table.whole.scatter(
                    table.choice,
                    step,
                    t.parameter().now.floats(),
                    t.mean().now.floats(),
                    t.square().now.floats());
        });
    }

    /// Everything by name, for a checkpoint; moments under the names that [Adam] gives them.
    Map<String, StoredArray> stored() {
        Map<String, StoredArray> all = new LinkedHashMap<>();
        trained.forEach((name, t) -> {
            Table table = tables.get(name);
            if (table == null) {
                all.put(name, StoredArray.of(t.parameter().now));
                all.put(name + "#mean", StoredArray.of(t.mean().now));
                all.put(name + "#square", StoredArray.of(t.square().now));
            } else {
                all.put(name, table.whole.stored(RowTable.PARAMETER, table.shape));
                all.put(name + "#mean", table.whole.stored(RowTable.MEAN, table.shape));
                all.put(name + "#square", table.whole.stored(RowTable.SQUARE, table.shape));
                all.put(name + "#touched", table.whole.storedTouched());
            }
        });
        if (!tables.isEmpty()) {
            all.put("#rate", StoredArray.of(rate, 1));
        }
        return all;
    }

    void restored(long steps) {
        step = steps;
    }

    @Override
    public void close() {
        trained.values().forEach(Trained::close);
        tables.values().forEach(table -> table.whole.close());
    }

    private static void clear(Tensor tensor) {
        tensor.floats().put(new float[tensor.size()]);
    }
}
