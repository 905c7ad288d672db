package dev.lea.environment;

import dev.lea.environment.model.Selection;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.environment.v1.Augmentation;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Checks what a request holds against the catalogue of the version that will answer it. Every method throws
/// [Failure.Invalid] that names the field, the bound and the value.
record RequestReader(ItemIndex items, boolean skip) {
    static final int MAX_QUERIES = 256;
    static final int MAX_IDS = 10_000;
    static final int MAX_CANDIDATES = 1_000;

    static RequestReader of(ItemIndex items, UnknownItems unknown) {
        boolean skip =
                switch (unknown) {
                    case UNKNOWN_ITEMS_UNSPECIFIED, UNKNOWN_ITEMS_ERROR -> false;
                    case UNKNOWN_ITEMS_SKIP -> true;
                    case UNRECOGNIZED ->
                            throw new Failure.Invalid(
                                    "unknown_items",
                                    "unknown_items has a value that is not known here; the highest is "
                                            + UnknownItems.UNKNOWN_ITEMS_SKIP.getNumber());
                };
        return new RequestReader(items, skip);
    }

    static void checkQueries(int count) {
        inRange("queries", "queries held", count, 1, MAX_QUERIES);
    }

    /// Indices of a list of ids.
    ///
    /// @param skipped receives the unknown ones, if they may be skipped
    int[] indices(String field, List<String> ids, int min, List<String> skipped) {
        return indices(field, ids, min, MAX_IDS, skipped);
    }

    /// Indices of candidates, which must differ.
    int[] candidates(String field, List<String> ids, List<String> skipped) {
        int[] indices = indices(field, ids, 1, MAX_CANDIDATES, skipped);
        Set<String> seen = HashSet.newHashSet(ids.size());
        for (String id : ids) {
            if (!seen.add(id)) {
                throw new Failure.Invalid(
                        field,
                        "DUPLICATE_ITEM",
                        "%s holds '%s' twice".formatted(field, id),
                        Map.of("field", field, "item_id", id));
            }
        }
        return indices;
    }

    /// How positive actions are chosen; unset fields have their defaults.
    static Selection selection(Augmentation augmentation) {
        int actions =
                orDefault(
                        "augmentation.actions",
                        augmentation.getActions(),
                        1,
                        1,
                        Selection.MAX_ACTIONS);
        int candidates =
                orDefault(
                        "augmentation.candidates",
                        augmentation.getCandidates(),
                        Math.max(actions, Selection.DEFAULT_CANDIDATES),
                        actions,
                        Selection.MAX_CANDIDATES);
        float temperature = augmentation.getTemperature();
        if (!(temperature >= 0) || Float.isInfinite(temperature)) {
            throw new Failure.Invalid(
                    "augmentation.temperature",
                    "OUT_OF_RANGE",
                    "augmentation.temperature must be at least 0 and finite but is " + temperature,
                    Map.of("field", "augmentation.temperature", "value", "" + temperature));
        }
        return new Selection(actions, candidates, temperature, augmentation.getSeed());
    }

    private int[] indices(String field, List<String> ids, int min, int max, List<String> skipped) {
        inRange(field, "ids in " + field, ids.size(), min, max);
        int[] indices = new int[ids.size()];
        int known = 0;
        for (String id : ids) {
            int index = items.indexOf(id);
            if (index != ItemIndex.UNKNOWN) {
                indices[known++] = index;
            } else if (skip) {
                skipped.add(id);
            } else {
                throw new Failure.Invalid(
                        field,
                        "UNKNOWN_ITEM",
                        "%s holds '%s', which is not in the catalogue of %d items"
                                .formatted(field, id, items.size()),
                        Map.of("field", field, "item_id", id));
            }
        }
        return Arrays.copyOf(indices, known);
    }

    private static int orDefault(String field, int value, int fallback, int min, int max) {
        if (value == 0) {
            return fallback;
        }
        inRange(field, field, value, min, max);
        return value;
    }

    private static void inRange(String field, String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new Failure.Invalid(
                    field,
                    "OUT_OF_RANGE",
                    "%s must be in [%d, %d] but is %d".formatted(what, min, max, value),
                    Map.of(
                            "field", field,
                            "min", Integer.toString(min),
                            "max", Integer.toString(max),
                            "value", Integer.toString(value)));
        }
    }
}
