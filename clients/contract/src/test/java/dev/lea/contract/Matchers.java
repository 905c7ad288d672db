package dev.lea.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/// Says whether what came is what a case expects.
record Matchers(Saved saved) {
    private static final double CLOSE = 1e-4;
    private static final Pattern WHOLE = Pattern.compile("-?\\d{1,20}");

    /// Why a value does not fit; empty if it does.
    Optional<String> misfit(JsonNode expected, JsonNode found, String path) {
        if (expected.isObject()) {
            boolean matcher =
                    expected.properties().stream().anyMatch(e -> e.getKey().startsWith("$"));
            return matcher ? byMatcher(expected, found, path) : byKeys(expected, found, path);
        }
        if (expected.isArray()) {
            if (!found.isArray() || found.size() != expected.size()) {
                return problem(path, "a list of " + expected.size(), found);
            }
            for (int i = 0; i < expected.size(); i++) {
                var why = misfit(expected.get(i), found.get(i), path + "[" + i + "]");
                if (why.isPresent()) {
                    return why;
                }
            }
            return Optional.empty();
        }
        if (expected.isNumber()) {
            var number = number(found);
            boolean same = number.isPresent() && number.getAsDouble() == expected.doubleValue();
            return same ? Optional.empty() : problem(path, expected.toString(), found);
        }
        return expected.equals(found)
                ? Optional.empty()
                : problem(path, expected.toString(), found);
    }

    private Optional<String> byKeys(JsonNode expected, JsonNode found, String path) {
        for (Entry<String, JsonNode> entry : expected.properties()) {
            String key = entry.getKey();
            if (!found.isObject() || !found.has(key)) {
                return problem(path, "an object with " + key, found);
            }
            var why = misfit(entry.getValue(), found.get(key), path + "." + key);
            if (why.isPresent()) {
                return why;
            }
        }
        return Optional.empty();
    }

    private Optional<String> byMatcher(JsonNode matcher, JsonNode found, String path) {
        for (Entry<String, JsonNode> entry : matcher.properties()) {
            if (!fits(entry.getKey(), entry.getValue(), matcher, found)) {
                return problem(path, entry.getKey() + " " + entry.getValue(), found);
            }
        }
        return Optional.empty();
    }

    private boolean fits(String kind, JsonNode bound, JsonNode matcher, JsonNode found) {
        var number = number(found);
        return switch (kind) {
            case "$close" ->
                    number.isPresent()
                            && Math.abs(number.getAsDouble() - bound.doubleValue())
                                    <= matcher.path("$within").asDouble(CLOSE);
            case "$within" -> matcher.has("$close");
            case "$least" -> number.isPresent() && number.getAsDouble() >= bound.doubleValue();
            case "$most" -> number.isPresent() && number.getAsDouble() <= bound.doubleValue();
            case "$size" -> size(found).isPresent() && fits(bound, size(found).get());
            case "$each" -> {
                boolean all = found.isArray();
                for (JsonNode element : found) {
                    all &= fits(bound, element);
                }
                yield all;
            }
            case "$contains" -> contains(bound, found);
            case "$saved" -> saved.find(bound.textValue()).equals(found);
            case "$not" -> !fits(bound, found);
            default -> throw new AssertionError("there is no matcher " + kind);
        };
    }

    private boolean fits(JsonNode expected, JsonNode found) {
        return misfit(expected, found, "").isEmpty();
    }

    private boolean contains(JsonNode bound, JsonNode found) {
        if (found.isTextual()) {
            return found.textValue().contains(bound.textValue());
        }
        boolean any = false;
        for (JsonNode element : found) {
            any |= fits(bound, element);
        }
        return found.isArray() && any;
    }

    private static Optional<JsonNode> size(JsonNode found) {
        var json = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;
        if (found.isTextual()) {
            String text = found.textValue();
            return Optional.of(json.numberNode(text.codePointCount(0, text.length())));
        }
        return found.isArray() ? Optional.of(json.numberNode(found.size())) : Optional.empty();
    }

    /// Of a number, or of a string that holds a whole one.
    private static OptionalDouble number(JsonNode found) {
        if (found.isNumber()) {
            return OptionalDouble.of(found.doubleValue());
        }
        return found.isTextual() && WHOLE.matcher(found.textValue()).matches()
                ? OptionalDouble.of(Double.parseDouble(found.textValue()))
                : OptionalDouble.empty();
    }

    private static Optional<String> problem(String path, String expected, JsonNode found) {
        String text = found.toString();
        return Optional.of(
                "%s should be %s but is %s"
                        .formatted(
                                path.isEmpty() ? "it" : path,
                                expected,
                                text.length() > 500 ? text.substring(0, 500) + "..." : text));
    }
}
