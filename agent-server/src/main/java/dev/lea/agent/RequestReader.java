package dev.lea.agent;

import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.swap.Choice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Checks one request against the catalogue of the version that will answer it. Used once.
final class RequestReader {
    /// Ids in one list of a request.
    static final int MAX_IDS = 10_000;

    /// Characters of a user's id.
    static final int MAX_USER_ID = 256;

    private final ItemIndex items;
    private final boolean skip;
    private final List<String> skipped = new ArrayList<>();

    /// @throws Failure.Invalid if the request says nothing sound about unknown items
    RequestReader(ItemIndex items, UnknownItems unknownItems, int wireValue) {
        this.items = items;
        this.skip =
                switch (unknownItems) {
                    case UNKNOWN_ITEMS_UNSPECIFIED, UNKNOWN_ITEMS_ERROR -> false;
                    case UNKNOWN_ITEMS_SKIP -> true;
                    case UNRECOGNIZED ->
                            throw new Failure.Invalid(
                                    "unknown_items",
                                    "unknown_items has no value "
                                            + wireValue
                                            + "; the highest is "
                                            + UnknownItems.UNKNOWN_ITEMS_SKIP.getNumber());
                };
    }

    /// Which version a call asks for.
    ///
    /// @throws Failure.Invalid if the user's id is too long
    static Choice choice(VersionPin version, String userId, List<String> history) {
        if (userId.length() > MAX_USER_ID) {
            throw new Failure.Invalid(
                    "user_id",
                    "OUT_OF_RANGE",
                    "user_id must have at most %d characters but has %d"
                            .formatted(MAX_USER_ID, userId.length()),
                    Map.of(
                            "field", "user_id",
                            "max", Integer.toString(MAX_USER_ID),
                            "value", Integer.toString(userId.length())));
        }
        return Choice.of(version.getExpectedVersion(), userId, history);
    }

    /// The query that a request stands for.
    ///
    /// @throws Failure.Invalid naming the first thing that is wrong
    Query query(RecommendRequest request) {
        int k = k(request);
        Optional<Sampling> sampling = sampling(request);
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

    /// The query of which every item that is asked about comes out.
    ///
    /// @throws Failure.Invalid naming the first thing that is wrong
    Query query(ScoreItemsRequest request) {
        if (request.getItemIdsCount() == 0) {
            throw new Failure.Invalid("item_ids", "item_ids must hold at least 1 id but holds 0");
        }
        int[] history = indices("history_item_ids", request.getHistoryItemIdsList());
        int[] asked = indices("item_ids", request.getItemIdsList());
        int[] distinct = Arrays.stream(asked).distinct().toArray();
        int k = Math.max(1, distinct.length);
        return new Query(history, new int[0], distinct, false, k, Optional.empty());
    }

    /// Unknown ids that were left out.
    List<String> skipped() {
        return skipped;
    }

    private int k(RecommendRequest request) {
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

    private static Optional<Sampling> sampling(RecommendRequest request) {
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
