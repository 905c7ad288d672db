package dev.lea.trainer.net;

import static dev.lea.serving.Checks.inRange;

import dev.lea.serving.onnx.ElementType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Adam (Kingma & Ba 2015, algorithm 1, bias-corrected), as nodes of the training graph.
///
/// With `m` and `v` the running means of the gradient and its square at step t (from 1):
/// `p <- p - rate / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + epsilon)`.
/// Kept are `m / (1 - b1)` and `v / (1 - b2)`, which saves two multiplications a step.
///
/// @param clip bound on the length of the whole gradient, which is scaled down to it; infinity for none
public record Adam(float firstDecay, float secondDecay, float epsilon, float clip) {
    public static final Adam DEFAULT = new Adam(0.9f, 0.999f, 1e-8f, Float.POSITIVE_INFINITY);

    static final String STEP_SIZE = "adam.step_size";
    static final String ROOT_SCALE = "adam.root_scale";

    public Adam {
        inRange("firstDecay", firstDecay, 0, 0.99999);
        inRange("secondDecay", secondDecay, 0, 0.999999);
        inRange("epsilon", epsilon, 0, 1);
        inRange("clip", clip, 1e-6, Float.POSITIVE_INFINITY);
    }

    public Adam withClip(float clip) {
        return new Adam(firstDecay, secondDecay, epsilon, clip);
    }

    /// What one parameter's update reads and makes.
    record Update(Value parameter, Value mean, Value square) {}

    /// Adds the update of every parameter; the inputs are named after the parameter with `#mean` and `#square`.
    ///
    /// @param share of the step's learning rate that a parameter, by its name, moves with
    Map<Value, Update> apply(Map<Value, Value> gradients, ToDoubleFunction<String> share) {
        Graph graph = gradients.keySet().iterator().next().graph;
        Value stepSize = graph.input(STEP_SIZE, ElementType.FLOAT);
        Value rootScale = graph.input(ROOT_SCALE, ElementType.FLOAT);
        Value scale = Float.isInfinite(clip) ? null : scale(gradients);
        Map<Value, Update> updates = new LinkedHashMap<>();
        gradients.forEach((parameter, gradient) -> {
            Value g = scale == null ? gradient : gradient.multiply(scale);
            Value mean = graph.input(parameter.name + "#mean", ElementType.FLOAT, parameter.shape);
            Value square =
                    graph.input(parameter.name + "#square", ElementType.FLOAT, parameter.shape);
            Value nextMean = mean.multiply(firstDecay).add(g);
            Value nextSquare = square.multiply(secondDecay).add(g.multiply(g));
            Value root = nextSquare.sqrt().multiply(rootScale).add(epsilon);
            float own = (float) share.applyAsDouble(parameter.name);
            Value size = own == 1 ? stepSize : stepSize.multiply(own);
            Value next = parameter.subtract(nextMean.divide(root).multiply(size));
            updates.put(
                    parameter,
                    new Update(
                            graph.named(parameter.name + "#next", next),
                            graph.named(parameter.name + "#mean#next", nextMean),
                            graph.named(parameter.name + "#square#next", nextSquare)));
        });
        return updates;
    }

    /// `rate / (1 - b1^t) * (1 - b1)`: the factor of the kept mean at step `t`.
    float stepSize(double rate, long t) {
        return (float) (rate * (1 - (double) firstDecay) / (1 - Math.pow(firstDecay, (double) t)));
    }

    /// `sqrt((1 - b2) / (1 - b2^t))`: the factor of the kept square's root at step `t`.
    float rootScale(long t) {
        return (float)
                Math.sqrt((1 - (double) secondDecay) / (1 - Math.pow(secondDecay, (double) t)));
    }

    private Value scale(Map<Value, Value> gradients) {
        Value total = null;
        for (Value gradient : gradients.values()) {
            Value squares = gradient.multiply(gradient).sum();
            total = total == null ? squares : total.add(squares);
        }
        Value length = total.add(1e-12f).sqrt();
        return length.reciprocal().multiply(clip).clip(0, 1);
    }
}
