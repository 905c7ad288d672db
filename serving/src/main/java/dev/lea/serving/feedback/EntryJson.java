package dev.lea.serving.feedback;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Entries as text; see the package's description.
final class EntryJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private EntryJson() {}

    static byte[] write(Entry entry) {
        var bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("request_id", entry.requestId());
            json.writeStringField("received", entry.received().toString());
            write(json, entry.feedback());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("an entry cannot be written", e);
        }
        return bytes.toByteArray();
    }

    /// Tells whether two entries bring the same, whenever they arrived.
    static long fingerprint(Entry entry) {
        byte[] text = write(new Entry(entry.requestId(), Instant.EPOCH, entry.feedback()));
        var crc = new CRC32C();
        crc.update(text);
        return ((long) text.length << 32) | crc.getValue();
    }

    /// @throws IOException if it is no entry
    static Entry read(byte[] text) throws IOException {
        try {
            JsonNode node = JSON.readTree(text);
            List<Feedback> feedback = new ArrayList<>();
            for (JsonNode one : node.path("feedback")) {
                feedback.add(feedback(one));
            }
            return new Entry(
                    node.path("request_id").asText(), instant(node.path("received")), feedback);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IOException("the record is no feedback: " + e.getMessage(), e);
        }
    }

    private static void write(JsonGenerator json, List<Feedback> feedback) throws IOException {
        json.writeArrayFieldStart("feedback");
        for (Feedback one : feedback) {
            json.writeStartObject();
            json.writeStringField("user", one.user());
            if (one.impression().isPresent()) {
                json.writeFieldName("impression");
                write(json, one.impression().get());
            }
            if (!one.interactions().isEmpty()) {
                json.writeArrayFieldStart("interactions");
                for (Feedback.Interaction interaction : one.interactions()) {
                    json.writeStartObject();
                    json.writeStringField("item", interaction.item());
                    json.writeStringField(
                            "kind", interaction.kind().name().toLowerCase(Locale.ROOT));
                    time(json, interaction.time());
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, Feedback.Impression impression)
            throws IOException {
        json.writeStartObject();
        text(json, "recommendation_id", impression.recommendation());
        if (!impression.model().isEmpty()) {
            json.writeStringField("model", impression.model());
            json.writeNumberField("version", impression.version());
            json.writeStringField("digest", impression.digest());
        }
        if (impression.temperature() > 0) {
            json.writeNumberField("temperature", impression.temperature());
            json.writeStringField("seed", Long.toUnsignedString(impression.seed()));
        }
        time(json, impression.time());
        if (!impression.items().isEmpty()) {
            json.writeArrayFieldStart("items");
            for (Feedback.Shown shown : impression.items()) {
                json.writeStartObject();
                json.writeStringField("item", shown.item());
                if (shown.propensity() > 0) {
                    json.writeNumberField("propensity", shown.propensity());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, String name, String value) throws IOException {
        if (!value.isEmpty()) {
            json.writeStringField(name, value);
        }
    }

    private static void time(JsonGenerator json, Optional<Instant> time) throws IOException {
        if (time.isPresent()) {
            json.writeStringField("time", time.get().toString());
        }
    }

    private static Feedback feedback(JsonNode node) {
        List<Feedback.Interaction> interactions = new ArrayList<>();
        for (JsonNode one : node.path("interactions")) {
            interactions.add(
                    new Feedback.Interaction(
                            one.path("item").asText(),
                            Feedback.Kind.valueOf(
                                    one.path("kind").asText().toUpperCase(Locale.ROOT)),
                            time(one)));
        }
        return new Feedback(
                node.path("user").asText(),
                node.has("impression")
                        ? Optional.of(impression(node.get("impression")))
                        : Optional.empty(),
                interactions);
    }

    private static Feedback.Impression impression(JsonNode node) {
        List<Feedback.Shown> items = new ArrayList<>();
        for (JsonNode one : node.path("items")) {
            items.add(
                    new Feedback.Shown(
                            one.path("item").asText(), one.path("propensity").floatValue()));
        }
        return new Feedback.Impression(
                node.path("recommendation_id").asText(),
                node.path("model").asText(),
                node.path("version").asLong(),
                node.path("digest").asText(),
                node.path("temperature").floatValue(),
                node.has("seed") ? Long.parseUnsignedLong(node.get("seed").asText()) : 0,
                time(node),
                items);
    }

    private static Optional<Instant> time(JsonNode node) {
        return node.has("time") ? Optional.of(instant(node.get("time"))) : Optional.empty();
    }

    private static Instant instant(JsonNode node) {
        return Instant.parse(node.asText());
    }
}
