package dev.lea.trainer.net;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reverse-mode differentiation: adds to a graph the nodes that compute a loss's gradients.
public final class Gradients {
    private Gradients() {}

    /// Gradients of a scalar loss by the values they belong to.
    ///
    /// @param loss    a scalar
    /// @param targets leaves, or values in between, whose gradients are wanted
    /// @throws IllegalArgumentException if an operation on the way has no rule, or no way leads to a target
    public static Map<Value, Value> of(Value loss, Collection<Value> targets) {
        if (loss.shape.length != 0) {
            throw new IllegalArgumentException("a loss is a scalar but " + loss + " is not");
        }
        Graph graph = loss.graph;
        Set<Value> needed = leadingTo(targets, loss);
        Map<Value, Value> gradients = new HashMap<>();
        Map<Value, SliceGradients> slices = new HashMap<>();
        gradients.put(loss, graph.constant(1));
        for (Value value : inReverse(graph, loss, needed)) {
            Value gradient = total(value, gradients, slices);
            Operation operation = graph.differentiable(value);
            if (gradient == null || operation == null) {
                continue;
            }
            if (operation.rule().equals("Slice")) {
                slices.computeIfAbsent(operation.input(0), _ -> new SliceGradients())
                        .add(operation, gradient);
                continue;
            }
            List<Value> contributions =
                    GradientRules.of(operation.rule()).apply(operation, gradient);
            for (int i = 0; i < contributions.size(); i++) {
                Value input = operation.input(i);
                Value contribution = contributions.get(i);
                if (contribution != null && needed.contains(input)) {
                    gradients.merge(input, contribution, Value::add);
                }
            }
        }
        Map<Value, Value> wanted = new LinkedHashMap<>();
        for (Value target : targets) {
            Value gradient = total(target, gradients, slices);
            if (gradient == null) {
                throw new IllegalArgumentException("the loss does not depend on " + target);
            }
            wanted.put(target, gradient);
        }
        return wanted;
    }

    /// A value's gradient, once all that was made from it has been seen; null where there is none.
    private static Value total(
            Value value, Map<Value, Value> gradients, Map<Value, SliceGradients> slices) {
        SliceGradients pieces = slices.remove(value);
        if (pieces != null) {
            gradients.put(value, pieces.sum(value, gradients.get(value)));
        }
        return gradients.get(value);
    }

    /// Values between the targets and the loss, both included: only their gradients are computed.
    private static Set<Value> leadingTo(Collection<Value> targets, Value loss) {
        Map<Value, Boolean> leads = new HashMap<>();
        targets.forEach(target -> leads.put(target, true));
        ArrayDeque<Value> path = new ArrayDeque<>(List.of(loss));
        while (!path.isEmpty()) {
            Value value = path.peek();
            if (leads.containsKey(value)) {
                path.pop();
                continue;
            }
            Operation operation = loss.graph.differentiable(value);
            List<Value> inputs =
                    operation == null || operation.rule().equals("none")
                            ? List.of()
                            : operation.inputs();
            List<Value> open = inputs.stream().filter(input -> !leads.containsKey(input)).toList();
            if (open.isEmpty()) {
                leads.put(value, inputs.stream().anyMatch(leads::get));
                path.pop();
            } else {
                open.forEach(path::push);
            }
        }
        Set<Value> needed = new HashSet<>();
        leads.forEach((value, yes) -> {
            if (yes) {
                needed.add(value);
            }
        });
        return needed;
    }

    /// Values on the way to the loss, each before what it was made from.
    private static List<Value> inReverse(Graph graph, Value loss, Set<Value> needed) {
        Map<Value, Integer> order = new HashMap<>();
        for (Operation operation : List.copyOf(graph.operations())) {
            operation.outputs().forEach(output -> order.put(output, order.size()));
        }
        List<Value> values = new ArrayList<>(needed);
        values.removeIf(value -> !order.containsKey(value));
        values.sort(Comparator.comparing((Value value) -> order.get(value)).reversed());
        if (values.isEmpty() || values.getFirst() != loss) {
            throw new IllegalArgumentException("the loss does not depend on any of the targets");
        }
        return values;
    }
}
