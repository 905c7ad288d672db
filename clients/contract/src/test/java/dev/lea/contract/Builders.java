package dev.lea.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Set;
import java.util.TreeSet;

/// Requests whose builders are carried out.
///
/// @param saved  what earlier steps kept
/// @param number of the call, where several are made at once
record Builders(Saved saved, int number) {
    JsonNode build(JsonNode value) {
        var json = JsonNodeFactory.instance;
        if (value.isTextual()) {
            return json.textNode(value.textValue().replace("{n}", Integer.toString(number)));
        }
        if (value.isArray()) {
            var built = json.arrayNode();
            value.forEach(element -> built.add(build(element)));
            return built;
        }
        if (!value.isObject()) {
            return value;
        }
        Set<String> keys = new TreeSet<>();
        value.fieldNames().forEachRemaining(keys::add);
        if (keys.stream().noneMatch(key -> key.startsWith("$"))) {
            var built = json.objectNode();
            value.properties().forEach(entry -> built.set(entry.getKey(), build(entry.getValue())));
            return built;
        }
        if (keys.equals(Set.of("$repeat", "$times"))) {
            var built = json.arrayNode();
            JsonNode element = build(value.get("$repeat"));
            for (int i = 0; i < value.get("$times").intValue(); i++) {
                built.add(element);
            }
            return built;
        }
        if (keys.equals(Set.of("$items"))) {
            var built = json.arrayNode();
            for (int i = value.at("/$items/0").intValue();
                    i < value.at("/$items/1").intValue();
                    i++) {
                built.add("item-" + i);
            }
            return built;
        }
        if (keys.equals(Set.of("$join"))) {
            var built = json.arrayNode();
            value.get("$join").forEach(part -> build(part).forEach(built::add));
            return built;
        }
        if (keys.equals(Set.of("$saved"))) {
            return saved.find(value.get("$saved").textValue());
        }
        throw new AssertionError("there is no builder " + keys);
    }
}
