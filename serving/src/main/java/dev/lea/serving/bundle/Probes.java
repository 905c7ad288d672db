package dev.lea.serving.bundle;

import static dev.lea.serving.Checks.inRange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A few inputs of `model.onnx` with the outputs that training saw. A server replays them before a version
/// goes live.
///
/// @param tolerance largest absolute difference of a float that still counts as the same
/// @param probes    at least one
public record Probes(double tolerance, List<Probe> probes) {
    /// What float32 arithmetic in another order may differ by.
    public static final double DEFAULT_TOLERANCE = 1e-4;

    private static final ObjectMapper JSON = new ObjectMapper();

    /// One call: inputs by name and expected outputs by name.
    public record Probe(Map<String, Array> inputs, Map<String, Array> outputs) {
        public Probe {
            inputs = new TreeMap<>(inputs);
            outputs = new TreeMap<>(outputs);
        }
    }

    /// A tensor as JSON; exactly one of the element arrays is there. Floats are written by their shortest
    /// decimal form, infinities and NaN as the strings "Infinity", "-Infinity", "NaN".
    public record Array(long[] shape, float[] floats, long[] longs, boolean[] booleans) {
        Tensor toTensor() {
            return floats != null
                    ? Tensor.of(floats, shape)
                    : longs != null ? Tensor.of(longs, shape) : Tensor.of(booleans, shape);
        }

        static Array of(float[] data, long... shape) {
            return new Array(shape, data, null, null);
        }

        static Array of(long[] data, long... shape) {
            return new Array(shape, null, data, null);
        }

        static Array of(boolean[] data, long... shape) {
            return new Array(shape, null, null, data);
        }

        static Array of(Tensor tensor) {
            return switch (tensor.type()) {
                case FLOAT -> of(tensor.toFloats(), tensor.shape());
                case INT64 -> of(tensor.toLongs(), tensor.shape());
                case BOOL -> of(tensor.toBooleans(), tensor.shape());
            };
        }
    }

    public Probes {
        inRange("tolerance", tolerance, 0, 1);
        probes = List.copyOf(probes);
        if (probes.isEmpty()) {
            throw new IllegalArgumentException("a bundle needs at least one probe but has none");
        }
    }

    /// Runs a model on inputs and keeps what it gives.
    ///
    /// @param calls  inputs of each probe; they stay the caller's
    /// @param wanted outputs to keep
    /// @param shared further inputs, the same for all, that the server has from other files of the bundle
    public static Probes record(
            OnnxModel model,
            List<Map<String, Tensor>> calls,
            List<String> wanted,
            Map<String, Tensor> shared) {
        List<Probe> probes = new ArrayList<>();
        for (Map<String, Tensor> call : calls) {
            Map<String, Tensor> inputs = new HashMap<>(shared);
            inputs.putAll(call);
            try (Outputs out = model.run(inputs, wanted)) {
                Map<String, Array> expected = new LinkedHashMap<>();
                wanted.forEach(name -> expected.put(name, Array.of(out.get(name))));
                Map<String, Array> given = new LinkedHashMap<>();
                call.forEach((name, tensor) -> given.put(name, Array.of(tensor)));
                probes.add(new Probe(given, expected));
            }
        }
        return new Probes(DEFAULT_TOLERANCE, probes);
    }

    /// Reads `probes.json`.
    ///
    /// @throws Failure.Corrupt if it is not one
    public static Probes read(Bundle bundle) {
        try {
            return JSON.readValue(Files.readAllBytes(bundle.file(Bundle.PROBES)), Probes.class);
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure.Corrupt(
                    "PROBES_UNREADABLE", "probes.json cannot be read: " + e.getMessage(), e);
        }
    }

    /// The content of `probes.json`.
    public byte[] toBytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("probes that are no JSON", e);
        }
    }

    /// Runs every probe.
    ///
    /// @param shared inputs that the probes do not hold
    /// @throws Failure.Corrupt naming the first output that differs
    public void replay(OnnxModel model, Map<String, Tensor> shared) {
        for (int p = 0; p < probes.size(); p++) {
            Map<String, Tensor> inputs = new HashMap<>();
            Probe probe = probes.get(p);
            try {
                probe.inputs().forEach((name, array) -> inputs.put(name, array.toTensor()));
                Map<String, Tensor> all = new HashMap<>(shared);
                all.putAll(inputs);
                try (Outputs out = model.run(all, probe.outputs().keySet())) {
                    for (Map.Entry<String, Array> expected : probe.outputs().entrySet()) {
                        compare(
                                "probe " + p + ", output " + expected.getKey(),
                                out.get(expected.getKey()),
                                expected.getValue());
                    }
                }
            } catch (Failure.Broken | IllegalArgumentException | NullPointerException e) {
                throw new Failure.Corrupt(
                        "PROBE_MISMATCH", "probe " + p + " does not run: " + e.getMessage(), e);
            } finally {
                inputs.values().forEach(Tensor::close);
            }
        }
    }

    private void compare(String what, Tensor got, Array expected) {
        if (!Arrays.equals(got.shape(), expected.shape())) {
            throw new Failure.Corrupt(
                    "PROBE_MISMATCH",
                    what
                            + " has shape "
                            + Arrays.toString(got.shape())
                            + " but training saw "
                            + Arrays.toString(expected.shape()));
        }
        if (got.type() == ElementType.INT64 && expected.longs() != null) {
            long[] values = got.toLongs();
            for (int i = 0; i < values.length; i++) {
                if (values[i] != expected.longs()[i]) {
                    throw differs(what, i, values[i], expected.longs()[i]);
                }
            }
        } else if (got.type() == ElementType.FLOAT && expected.floats() != null) {
            float[] values = got.toFloats();
            for (int i = 0; i < values.length; i++) {
                compare(what, i, values[i], expected.floats()[i]);
            }
        } else {
            throw new Failure.Corrupt(
                    "PROBE_MISMATCH", what + " is " + got.type() + ", which training did not see");
        }
    }

    private void compare(String what, int index, float got, float expected) {
        if (got == expected) {
            return; // equal infinities too: an excluded item has no score
        }
        if (!Float.isFinite(got) || !Float.isFinite(expected)) {
            throw new Failure.Corrupt(
                    "PROBE_NOT_FINITE",
                    what + "[" + index + "] is " + got + " but training saw " + expected);
        }
        if (!(Math.abs((double) got - expected) <= tolerance)) {
            throw differs(what, index, got, expected);
        }
    }

    private Failure differs(String what, int index, Object got, Object expected) {
        return new Failure.Corrupt(
                "PROBE_MISMATCH",
                what
                        + "["
                        + index
                        + "] is "
                        + got
                        + " but training saw "
                        + expected
                        + " (tolerance "
                        + tolerance
                        + ")");
    }
}
