package dev.lea.environment;

import com.google.protobuf.UnsafeByteOperations;
import dev.lea.environment.model.PositiveAction;
import dev.lea.environment.model.ScoredItem;
import dev.lea.proto.common.v1.EmbeddingFormat;
import dev.lea.proto.common.v1.Embeddings;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.RewardSource;
import dev.lea.proto.environment.v1.ScoreActionsResponse;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.rpc.ModelVersions;
import dev.lea.serving.swap.ShadowStatistics.Answer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Turns answers into messages.
///
/// @param items     names items
/// @param dimension floats of a state
record Wire(ItemIndex items, int dimension) {
    /// @param values [rows, dimension]
    Embeddings embeddings(float[] values, EmbeddingFormat format) {
        var message =
                Embeddings.newBuilder().setCount(values.length / dimension).setDimension(dimension);
        if (isPacked(format)) {
            var bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            return message.setPacked(UnsafeByteOperations.unsafeWrap(bytes)).build();
        }
        List<Float> list = new ArrayList<>(values.length);
        for (float value : values) {
            list.add(value);
        }
        return message.addAllValues(list).build();
    }

    Reward reward(ScoredItem scored) {
        return Reward.newBuilder()
                .setItemId(items.id(scored.item()))
                .setReward(scored.reward())
                .setRaw(scored.raw())
                .setSource(
                        scored.kept()
                                ? RewardSource.REWARD_SOURCE_CACHE
                                : RewardSource.REWARD_SOURCE_MODEL)
                .build();
    }

    List<Reward> rewards(List<ScoredItem> scored) {
        return scored.stream().map(this::reward).toList();
    }

    List<dev.lea.proto.environment.v1.PositiveAction> actions(List<PositiveAction> actions) {
        return actions.stream()
                .map(action ->
                        dev.lea.proto.environment.v1.PositiveAction.newBuilder()
                                .setReward(reward(action.scored()))
                                .setSimilarity(action.similarity())
                                .build())
                .toList();
    }

    /// Rewards as a shadow's are compared with them: query after query, each query's candidates by reward, the largest
    /// first. A candidate of two queries is two items.
    static Answer answer(ScoreActionsResponse response) {
        List<String> items = new ArrayList<>();
        List<Float> rewards = new ArrayList<>();
        for (int q = 0; q < response.getResultsCount(); q++) {
            int query = q;
            response.getResults(q).getRewardsList().stream()
                    .sorted(Comparator.comparingDouble(Reward::getReward).reversed())
                    .forEach(reward -> {
                        items.add(query + "/" + reward.getItemId());
                        rewards.add(reward.getReward());
                    });
        }
        float[] scores = new float[rewards.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = rewards.get(i);
        }
        return new Answer(ModelVersions.of(response.getModel()), items, scores);
    }

    /// Refuses a question whose states alone would not fit an answer, before they are computed.
    ///
    /// @param field what to ask less of
    void checkStates(String field, long rows, int maxBytes) {
        long bytes = 4 * rows * dimension;
        if (bytes > maxBytes) {
            throw new Failure.Invalid(
                    field,
                    "ANSWER_TOO_LARGE",
                    "%s asks for %d states of %d floats, %d bytes, but an answer holds at most %d"
                            .formatted(field, rows, dimension, bytes, maxBytes),
                    Map.of(
                            "field", field,
                            "max_bytes", Integer.toString(maxBytes),
                            "bytes", Long.toString(bytes)));
        }
    }

    private static boolean isPacked(EmbeddingFormat format) {
        return switch (format) {
            case EMBEDDING_FORMAT_UNSPECIFIED, EMBEDDING_FORMAT_PACKED -> true;
            case EMBEDDING_FORMAT_VALUES -> false;
            case UNRECOGNIZED ->
                    throw new Failure.Invalid(
                            "format",
                            "format has a value that is not known here; the highest is "
                                    + EmbeddingFormat.EMBEDDING_FORMAT_VALUES.getNumber());
        };
    }
}
