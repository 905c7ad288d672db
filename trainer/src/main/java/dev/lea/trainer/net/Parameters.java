package dev.lea.trainer.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Values of a network's parameters, by name.
///
/// @param arrays elements and shape of each; the arrays are not copied
public record Parameters(Map<String, Array> arrays) {
    /// A dense row-major array.
    public record Array(long[] shape, float[] elements) {
        public Array {
            if (Shapes.count(shape) != elements.length) {
                throw new IllegalArgumentException(
                        elements.length + " elements do not fill shape " + Arrays.toString(shape));
            }
        }
    }

    public Parameters {
        arrays = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
    }

    /// Starting values of all of a graph's parameters, tables whole. Each parameter's draws depend on the seed and
    /// its own name alone, so that adding one changes no other.
    public static Parameters initial(Graph graph, long seed) {
        return initial(graph, seed, _ -> true);
    }

    /// The same of the parameters whose names are accepted.
    public static Parameters initial(Graph graph, long seed, Predicate<String> accepted) {
        Map<String, Array> arrays = new LinkedHashMap<>();
        for (String name : graph.parameters().keySet()) {
            if (accepted.test(name)) {
                long[] shape = graph.wholeShape(name);
                float[] elements = new float[Math.toIntExact(Shapes.count(shape))];
                graph.initial(name).fill(elements, new SplittableRandom(mix(seed, name)));
                arrays.put(name, new Array(shape, elements));
            }
        }
        return new Parameters(arrays);
    }

    /// Elements of one parameter.
    public float[] get(String name) {
        return array(name).elements();
    }

    public Array array(String name) {
        Array array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException(
                    "no parameter " + name + " among " + arrays.keySet());
        }
        return array;
    }

    /// These and others; where both have a name, the others'.
    public Parameters with(Parameters others) {
        Map<String, Array> both = new LinkedHashMap<>(arrays);
        both.putAll(others.arrays);
        return new Parameters(both);
    }

    /// These with one replaced or added.
    public Parameters with(String name, float[] elements, long... shape) {
        return with(new Parameters(Map.of(name, new Array(shape, elements))));
    }

    /// The same arrays under other names.
    public Parameters renamed(UnaryOperator<String> rename) {
        Map<String, Array> renamed = new LinkedHashMap<>();
        arrays.forEach((name, array) -> renamed.put(rename.apply(name), array));
        return new Parameters(renamed);
    }

    /// Adds names, shapes and elements, in the order of the names, to a digest.
    public void digest(MessageDigest digest) {
        new java.util.TreeMap<>(arrays)
                .forEach((name, array) -> {
                    digest.update(
                            (name + Arrays.toString(array.shape()))
                                    .getBytes(StandardCharsets.UTF_8));
                    ByteBuffer bytes = ByteBuffer.allocate(array.elements().length * Float.BYTES);
                    bytes.asFloatBuffer().put(array.elements());
                    digest.update(bytes.array());
                });
    }

    /// Those whose names start with a prefix, named without it.
    public Parameters under(String prefix) {
        Map<String, Array> chosen = new LinkedHashMap<>();
        arrays.forEach((name, array) -> {
            if (name.startsWith(prefix)) {
                chosen.put(name.substring(prefix.length()), array);
            }
        });
        return new Parameters(chosen);
    }

    private static long mix(long seed, String name) {
        long hash = seed * 0x9E3779B97F4A7C15L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
        }
        return hash;
    }
}
