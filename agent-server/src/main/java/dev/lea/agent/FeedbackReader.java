package dev.lea.agent;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.lea.proto.agent.v1.Exploration;
import dev.lea.proto.agent.v1.RecordFeedbackRequest;
import dev.lea.serving.Failure;
import dev.lea.serving.feedback.Entry;
import dev.lea.serving.feedback.Feedback;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Checks one request's feedback. Items need not be of the live version's catalogue: it may have changed since.
final class FeedbackReader {
    private static final int MAX_FEEDBACK = 1_000;
    private static final int MAX_ITEMS = 1_000;
    private static final int MAX_NAME = 128;
    private static final int MAX_ITEM_ID = 512;

    private FeedbackReader() {}

    /// @throws Failure.Invalid naming the first thing that is wrong
    static Entry entry(RecordFeedbackRequest request, Instant received) {
        required("request_id", request.getRequestId(), MAX_NAME);
        size("feedback", request.getFeedbackCount(), 1, MAX_FEEDBACK);
        List<Feedback> feedback = new ArrayList<>(request.getFeedbackCount());
        for (int i = 0; i < request.getFeedbackCount(); i++) {
            feedback.add(feedback("feedback[" + i + "]", request.getFeedback(i)));
        }
        return new Entry(request.getRequestId(), received, feedback);
    }

    private static Feedback feedback(String field, dev.lea.proto.agent.v1.Feedback one) {
        required(field + ".user_id", one.getUserId(), RequestReader.MAX_USER_ID);
        size(
                field + ".interactions",
                one.getInteractionsCount(),
                one.hasImpression() ? 0 : 1,
                MAX_ITEMS);
        List<Feedback.Interaction> interactions = new ArrayList<>(one.getInteractionsCount());
        for (int i = 0; i < one.getInteractionsCount(); i++) {
            interactions.add(
                    interaction(field + ".interactions[" + i + "]", one.getInteractions(i)));
        }
        return new Feedback(
                one.getUserId(),
                one.hasImpression()
                        ? Optional.of(impression(field + ".impression", one.getImpression()))
                        : Optional.empty(),
                interactions);
    }

    private static Feedback.Impression impression(
            String field, dev.lea.proto.agent.v1.Impression shown) {
        size(field + ".items", shown.getItemsCount(), 0, MAX_ITEMS);
        boolean items = shown.getItemsCount() > 0;
        if (items) {
            text(field + ".recommendation_id", shown.getRecommendationId(), MAX_NAME);
        } else {
            required(field + ".recommendation_id", shown.getRecommendationId(), MAX_NAME);
        }
        var model = shown.getModel();
        if (items || shown.hasModel()) {
            required(field + ".model.name", model.getName(), MAX_NAME);
            required(field + ".model.digest", model.getDigest(), MAX_NAME);
            if (model.getVersion() < 1) {
                throw outOfRange(
                        field + ".model.version", "at least 1", Long.toString(model.getVersion()));
            }
        }
        Exploration exploration = shown.getExploration();
        float temperature = exploration.getTemperature();
        if (!(temperature >= 0) || Float.isInfinite(temperature)) {
            throw outOfRange(
                    field + ".exploration.temperature", "0 or more and finite", "" + temperature);
        }
        List<Feedback.Shown> places = new ArrayList<>(shown.getItemsCount());
        for (int i = 0; i < shown.getItemsCount(); i++) {
            var item = shown.getItems(i);
            String name = field + ".items[" + i + "]";
            required(name + ".item_id", item.getItemId(), MAX_ITEM_ID);
            float propensity = item.getPropensity();
            if (!(propensity >= 0 && propensity <= 1)) {
                throw outOfRange(name + ".propensity", "in [0, 1]", "" + propensity);
            }
            places.add(new Feedback.Shown(item.getItemId(), propensity));
        }
        return new Feedback.Impression(
                shown.getRecommendationId(),
                model.getName(),
                model.getVersion(),
                model.getDigest(),
                temperature,
                exploration.getSeed(),
                time(field + ".show_time", shown.hasShowTime(), shown.getShowTime()),
                places);
    }

    private static Feedback.Interaction interaction(
            String field, dev.lea.proto.agent.v1.Interaction done) {
        required(field + ".item_id", done.getItemId(), MAX_ITEM_ID);
        Feedback.Kind kind =
                switch (done.getKind()) {
                    case INTERACTION_KIND_UNSPECIFIED, INTERACTION_KIND_CLICK ->
                            Feedback.Kind.CLICK;
                    case INTERACTION_KIND_PURCHASE -> Feedback.Kind.PURCHASE;
                    case UNRECOGNIZED ->
                            throw outOfRange(
                                    field + ".kind", "in [0, 2]", "" + done.getKindValue());
                };
        return new Feedback.Interaction(
                done.getItemId(),
                kind,
                time(field + ".interact_time", done.hasInteractTime(), done.getInteractTime()));
    }

    private static Optional<Instant> time(String field, boolean set, Timestamp time) {
        if (!set) {
            return Optional.empty();
        }
        if (!Timestamps.isValid(time)) {
            throw outOfRange(
                    field, "of the years 1 to 9999", time.getSeconds() + " s, " + time.getNanos());
        }
        return Optional.of(Instant.ofEpochSecond(time.getSeconds(), time.getNanos()));
    }

    private static void required(String field, String text, int max) {
        if (text.isBlank()) {
            throw new Failure.Invalid(
                    field, "FIELD_REQUIRED", field + " must not be blank", Map.of("field", field));
        }
        text(field, text, max);
    }

    private static void text(String field, String text, int max) {
        if (text.length() > max) {
            throw new Failure.Invalid(
                    field,
                    "OUT_OF_RANGE",
                    "%s must have at most %d characters but has %d"
                            .formatted(field, max, text.length()),
                    Map.of("field", field, "max", "" + max, "value", "" + text.length()));
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new Failure.Invalid(
                    field,
                    "CONTROL_CHARACTER",
                    field + " must hold no control characters, for tables are made of it",
                    Map.of("field", field));
        }
    }

    private static void size(String field, int size, int min, int max) {
        if (size < min || size > max) {
            throw outOfRange(field, "%d to %d long".formatted(min, max), "" + size);
        }
    }

    private static Failure.Invalid outOfRange(String field, String bound, String value) {
        return new Failure.Invalid(
                field,
                "OUT_OF_RANGE",
                "%s must be %s but is %s".formatted(field, bound, value),
                Map.of("field", field, "value", value));
    }
}
