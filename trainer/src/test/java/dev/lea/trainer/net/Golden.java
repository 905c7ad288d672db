package dev.lea.trainer.net;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/// Reference numbers computed elsewhere, from the test resources.
public final class Golden {
    private Golden() {}

    public static JsonNode read(String name) {
        try (var in = Golden.class.getResourceAsStream("/golden/" + name)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static float[] floats(JsonNode array) {
        JsonNode data = array.has("data") ? array.get("data") : array;
        float[] elements = new float[data.size()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) data.get(i).asDouble();
        }
        return elements;
    }

    public static long[] longs(JsonNode array) {
        JsonNode data =
                array.has("ints")
                        ? array.get("ints")
                        : array.has("data") ? array.get("data") : array;
        long[] elements = new long[data.size()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = data.get(i).asLong();
        }
        return elements;
    }

    public static long[] shape(JsonNode array) {
        return longs(array.get("shape"));
    }
}
