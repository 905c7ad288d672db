package dev.lea.serving.bundle;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.Outputs;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
            inputs = sorted("inputs", inputs);
            outputs = sorted("outputs", outputs);
            require(!outputs.isEmpty(), "a probe needs at least one output but has none");
        }

        private static Map<String, Array> sorted(String what, Map<String, Array> arrays) {
            requireNonNull(arrays, "a probe's " + what + " are missing")
                    .forEach((name, array) -> requireNonNull(array, () -> what + " lack " + name));
            return Collections.unmodifiableMap(new TreeMap<>(arrays));
        }
    }

    /// A tensor as JSON; exactly one of the element arrays is there. Floats are written by their shortest
    /// decimal form, infinities and NaN as the strings "Infinity", "-Infinity", "NaN".
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Array(long[] shape, float[] floats, long[] longs, boolean[] booleans) {
        public Array {
            requireNonNull(shape, "an array's shape is missing");
            int kinds =
                    (floats == null ? 0 : 1) + (longs == null ? 0 : 1) + (booleans == null ? 0 : 1);
            require(kinds == 1, "an array holds one kind of elements but this one " + kinds);
            long count = 1;
            for (long dimension : shape) {
                require(dimension >= 0, "negative dimension in " + Arrays.toString(shape));
                count = Math.multiplyExact(count, dimension);
            }
            int length = length(floats, longs, booleans);
            require(
                    count == length,
                    length + " elements do not fill shape " + Arrays.toString(shape));
        }

        Tensor toTensor() {
            return floats != null
                    ? Tensor.of(floats, shape)
                    : longs != null ? Tensor.of(longs, shape) : Tensor.of(booleans, shape);
        }

        int length() {
            return length(floats, longs, booleans);
        }

        String kind() {
            return floats != null ? "floats" : longs != null ? "longs" : "booleans";
        }

        private static int length(float[] floats, long[] longs, boolean[] booleans) {
            return floats != null ? floats.length : longs != null ? longs.length : booleans.length;
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
                case UINT8, FLOAT16 ->
                        throw new IllegalArgumentException(
                                "a probe holds no elements of type " + tensor.type());
            };
        }
    }

    public Probes {
        inRange("tolerance", tolerance, 0, 1);
        probes = List.copyOf(requireNonNull(probes, "probes are missing"));
        require(!probes.isEmpty(), "a bundle needs at least one probe but has none");
    }

    /// Runs a model on inputs and keeps what it gives.
    ///
    /// @param calls  inputs of each probe; they stay the caller's
    /// @param wanted outputs to keep
    /// @param shared further inputs, the same for all, that the server has from other files of the bundle
    /// @throws Failure.Corrupt if the model gives a float that no served model may give
    public static Probes record(
            OnnxModel model,
            List<Map<String, Tensor>> calls,
            List<String> wanted,
            Map<String, Tensor> shared) {
        List<Probe> probes = new ArrayList<>();
        for (Map<String, Tensor> call : calls) {
            String what = "probe " + probes.size();
            Map<String, Tensor> inputs = new HashMap<>(shared);
            inputs.putAll(call);
            try (Outputs out = model.run(inputs, wanted)) {
                Map<String, Array> expected = new LinkedHashMap<>();
                for (String name : wanted) {
                    Array array = Array.of(out.get(name));
                    compare(what + ", output " + name, array, array, 0);
                    expected.put(name, array);
                }
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
            byte[] bytes = Files.readAllBytes(bundle.file(Bundle.PROBES));
            Probes probes = JSON.readValue(bytes, Probes.class);
            if (probes == null) {
                throw new Failure.Corrupt("PROBES_UNREADABLE", "probes.json holds no probes");
            }
            return probes;
        } catch (IOException e) {
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
                                Array.of(out.get(expected.getKey())),
                                expected.getValue(),
                                tolerance);
                    }
                }
            } catch (Failure.Broken | IllegalArgumentException e) {
                throw new Failure.Corrupt(
                        "PROBE_MISMATCH", "probe " + p + " does not run: " + e.getMessage(), e);
            } finally {
                inputs.values().forEach(Tensor::close);
            }
        }
    }

    private static void compare(String what, Array got, Array expected, double tolerance) {
        if (!got.kind().equals(expected.kind())) {
            throw new Failure.Corrupt(
                    "PROBE_MISMATCH",
                    what + " is of " + got.kind() + " but training saw " + expected.kind());
        }
        if (!Arrays.equals(got.shape, expected.shape)) {
            throw new Failure.Corrupt(
                    "PROBE_MISMATCH",
                    what
                            + " has shape "
                            + Arrays.toString(got.shape)
                            + " but training saw "
                            + Arrays.toString(expected.shape));
        }
        for (int i = 0; i < got.length(); i++) {
            if (got.floats != null) {
                compare(what, i, got.floats[i], expected.floats[i], tolerance);
            } else if (got.longs != null && got.longs[i] != expected.longs[i]) {
                throw differs(what, i, got.longs[i], expected.longs[i], "");
            } else if (got.booleans != null && got.booleans[i] != expected.booleans[i]) {
                throw differs(what, i, got.booleans[i], expected.booleans[i], "");
            }
        }
    }

    /// -infinity is the score of an item that was excluded; no other score may be anything but finite.
    private static void compare(
            String what, int index, float got, float expected, double tolerance) {
        if (got == Float.NEGATIVE_INFINITY && expected == Float.NEGATIVE_INFINITY) {
            return;
        }
        if (!Float.isFinite(got) || !Float.isFinite(expected)) {
            throw new Failure.Corrupt(
                    "PROBE_NOT_FINITE",
                    what + "[" + index + "] is " + got + " but training saw " + expected);
        }
        if (Math.abs((double) got - expected) > tolerance) {
            throw differs(what, index, got, expected, " (tolerance " + tolerance + ")");
        }
    }

    private static Failure differs(
            String what, int index, Object got, Object expected, String tolerance) {
        return new Failure.Corrupt(
                "PROBE_MISMATCH",
                what + "[" + index + "] is " + got + " but training saw " + expected + tolerance);
    }
}
