package dev.lea.trainer.agent;

import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Value;

/// A layer of gated recurrent units, unrolled over its steps. With `h_0 = 0`:
/// ```
/// r, z = sigmoid( x_t W_rz + h U_rz + b_rz )      n = tanh( x_t W_n + b_n + r * (h U_n + c_n) )
/// h'   = (1 - z) * n + z * h
/// ```
/// Source: Cho et al. 2014, arXiv:1406.1078, with the reset gate after the product with U, as cuDNN, PyTorch and
/// ONNX (`linear_before_reset`) have it, so that one product a step serves all three gates. A step beyond a row's
/// length leaves that row's h as it is.
///
/// Columns of the weights are r, z, n.
final class GatedRecurrentUnit {
    private final Value inputWeight;
    private final Value inputBias;
    private final Value hiddenWeight;
    private final Value hiddenBias;
    private final int hidden;

    /// @param prefix of its parameters' names
    /// @param inputs elements of x_t
    /// @param hidden elements of h
    GatedRecurrentUnit(Graph graph, String prefix, int inputs, int hidden) {
        Initial uniform = Initial.uniform(1 / Math.sqrt(hidden));
        int gates = 3 * hidden;
        this.hidden = hidden;
        this.inputWeight = graph.parameter(prefix + "input.weight", uniform, inputs, gates);
        this.inputBias = graph.parameter(prefix + "input.bias", uniform, gates);
        this.hiddenWeight = graph.parameter(prefix + "hidden.weight", uniform, hidden, gates);
        this.hiddenBias = graph.parameter(prefix + "hidden.bias", uniform, gates);
    }

    /// The state at the end of each row.
    ///
    /// @param steps   float [steps, rows, inputs]
    /// @param present float [steps, rows, 1]: 1 up to the row's length, which is at least 1, then 0
    /// @return float [rows, hidden]
    Value last(Value steps, Value present) {
        Value projected = steps.affine(inputWeight, inputBias);
        Value h = first(step(projected, 0));
        for (int t = 1; t < steps.size(0); t++) {
            h = next(step(projected, t), h, step(present, t));
        }
        return h;
    }

    /// Where h is 0, and every row has its step.
    private Value first(Value x) {
        Value gates = x.add(hiddenBias).slice(-1, 0, 2L * hidden).sigmoid();
        Value fresh = candidate(x, hiddenBias, gates);
        return fresh.subtract(fresh.multiply(part(gates, 1)));
    }

    private Value next(Value x, Value h, Value present) {
        Value u = h.affine(hiddenWeight, hiddenBias);
        Value gates = x.slice(-1, 0, 2L * hidden).add(u.slice(-1, 0, 2L * hidden)).sigmoid();
        Value open = present.subtract(present.multiply(part(gates, 1)));
        return h.add(open.multiply(candidate(x, u, gates).subtract(h)));
    }

    private Value candidate(Value x, Value u, Value gates) {
        return part(x, 2).add(part(gates, 0).multiply(part(u, 2))).tanh();
    }

    private Value part(Value gates, int number) {
        return gates.slice(-1, (long) number * hidden, (number + 1L) * hidden);
    }

    private static Value step(Value steps, int t) {
        return steps.slice(0, t, t + 1L).reshape(-1, steps.size(-1));
    }
}
