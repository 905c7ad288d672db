package dev.lea.agent;

import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Checks one request against the catalogue of the version that will answer it. Used once.
final class RequestReader {
    /// Ids in one list of a request.
    static final int MAX_IDS = 10_000;

    private final ItemIndex items;
    private final RecommendRequest request;
    private final boolean skip;
    private final List<String> skipped = new ArrayList<>();

    /// @throws Failure.Invalid if the request says nothing sound about unknown items
    RequestReader(ItemIndex items, RecommendRequest request) {
        this.items = items;
        this.request = request;
        this.skip =
                switch (request.getUnknownItems()) {
                    case UNKNOWN_ITEMS_UNSPECIFIED, UNKNOWN_ITEMS_ERROR -> false;
                    case UNKNOWN_ITEMS_SKIP -> true;
                    case UNRECOGNIZED ->
                            throw new Failure.Invalid(
                                    "unknown_items",
                                    "unknown_items has no value "
                                            + request.getUnknownItemsValue()
                                            + "; the highest is "
                                            + UnknownItems.UNKNOWN_ITEMS_SKIP.getNumber());
                };
    }

    /// The query that the request stands for.
    ///
    /// @throws Failure.Invalid naming the first thing that is wrong
    Query query() {
        int k = k();
        Optional<Sampling> sampling = sampling();
        int[] history = indices("history_item_ids", request.getHistoryItemIdsList());
        int[] excluded = indices("exclude_item_ids", request.getExcludeItemIdsList());
        int[] allowed = indices("allow_item_ids", request.getAllowItemIdsList());
        if (request.getExcludeHistory()) {
            int own = excluded.length;
            excluded = Arrays.copyOf(excluded, own + history.length);
            System.arraycopy(history, 0, excluded, own, history.length);
        }
        // an allow-list of which every id is unknown still allows nothing else
        boolean unrestricted = request.getAllowItemIdsCount() == 0;
        return new Query(history, excluded, allowed, unrestricted, k, sampling);
    }

    /// Unknown ids that [#query] left out.
    List<String> skipped() {
        return skipped;
    }

    private int k() {
        int k = request.getK();
        if (k < 1 || k > items.size()) {
            throw new Failure.Invalid(
                    "k",
                    "OUT_OF_RANGE",
                    "k must be in [1, %d] but is %d".formatted(items.size(), k),
                    Map.of(
                            "field",
                            "k",
                            "min",
                            "1",
                            "max",
                            Integer.toString(items.size()),
                            "value",
                            Integer.toString(k)));
        }
        return k;
    }

    private Optional<Sampling> sampling() {
        float temperature = request.getExploration().getTemperature();
        if (temperature == 0) {
            return Optional.empty();
        }
        if (!(temperature > 0) || Float.isInfinite(temperature)) {
            throw new Failure.Invalid(
                    "exploration.temperature",
                    "OUT_OF_RANGE",
                    "exploration.temperature must be 0, or above 0 and finite, but is "
                            + temperature,
                    Map.of("field", "exploration.temperature", "value", "" + temperature));
        }
        return Optional.of(new Sampling(temperature, request.getExploration().getSeed()));
    }

    private int[] indices(String field, List<String> ids) {
        if (ids.size() > MAX_IDS) {
            throw new Failure.Invalid(
                    field,
                    "TOO_MANY_ITEMS",
                    "%s must hold at most %d ids but holds %d"
                            .formatted(field, MAX_IDS, ids.size()),
                    Map.of(
                            "field", field,
                            "max", Integer.toString(MAX_IDS),
                            "value", Integer.toString(ids.size())));
        }
        int[] indices = new int[ids.size()];
        int known = 0;
        for (String id : ids) {
            int index = items.indexOf(id);
            if (index >= 0) {
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
        return known == indices.length ? indices : Arrays.copyOf(indices, known);
    }
}
