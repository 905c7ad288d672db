package dev.lea.trainer.annotation;

import dev.lea.proto.common.v1.Embeddings;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.AnnotatedActions;
import dev.lea.proto.environment.v1.PositiveAction;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.RewardSource;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ItemIndex;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;

/// Reads what env-server says of a sequence, and refuses what cannot be right.
final class AnswerReader {
    private final ItemIndex items;

    AnswerReader(ItemIndex items) {
        this.items = items;
    }

    /// @param length T, items of the sequence
    /// @return empty for an answer that holds a stand-in
    /// @throws Failure.Corrupt naming what is wrong with the answer
    Optional<AnnotatedSequence> read(int length, AnnotateResponse answer) {
        if (holdsStandIn(answer)) {
            return Optional.empty();
        }
        expect("the number of states", answer.getStates().getCount(), length + 1);
        expect("the number of rewards", answer.getRewardsCount(), length);
        expect("the number of positive_actions", answer.getPositiveActionsCount(), length);
        int width = answer.getStates().getDimension();
        float[] rewards = new float[length];
        int[][] positives = new int[length][];
        float[][] positiveRewards = new float[length][];
        float[][] positiveStates = new float[length][];
        for (int t = 0; t < length; t++) {
            AnnotatedActions actions = answer.getPositiveActions(t);
            int count = actions.getActionsCount();
            rewards[t] = reward(answer.getRewards(t));
            positives[t] = new int[count];
            positiveRewards[t] = new float[count];
            for (int k = 0; k < count; k++) {
                PositiveAction action = actions.getActions(k);
                positives[t][k] = item(action.getReward().getItemId());
                positiveRewards[t][k] = reward(action.getReward());
            }
            positiveStates[t] = rows("next_states", actions.getNextStates(), count, width);
        }
        return Optional.of(
                new AnnotatedSequence(
                        width,
                        rows("states", answer.getStates(), length + 1, width),
                        rewards,
                        positives,
                        positiveRewards,
                        positiveStates));
    }

    static Failure.Corrupt wrong(String what) {
        return new Failure.Corrupt(
                "ANNOTATION_WRONG", "env-server's answer cannot be right: " + what);
    }

    private static boolean holdsStandIn(AnnotateResponse answer) {
        return answer.getRewardsList().stream().anyMatch(AnswerReader::isStandIn)
                || answer.getPositiveActionsList().stream()
                        .flatMap(actions -> actions.getActionsList().stream())
                        .anyMatch(action -> isStandIn(action.getReward()));
    }

    private static boolean isStandIn(Reward reward) {
        return reward.getSource() == RewardSource.REWARD_SOURCE_FALLBACK;
    }

    private int item(String id) {
        int index = items.indexOf(id);
        if (index == ItemIndex.UNKNOWN) {
            throw wrong("positive action '" + id + "' is not in the catalogue");
        }
        return index;
    }

    private static float reward(Reward reward) {
        float value = reward.getReward();
        if (!(value >= 0 && value <= 1)) {
            throw wrong(
                    "the reward of '" + reward.getItemId() + "' must be in [0, 1] but is " + value);
        }
        return value;
    }

    /// Elements of `count` vectors, row by row.
    private static float[] rows(String what, Embeddings embeddings, int count, int width) {
        expect("the number of rows of " + what, embeddings.getCount(), count);
        if (count == 0) {
            return new float[0];
        }
        expect("the width of " + what, embeddings.getDimension(), width);
        int size = Math.multiplyExact(count, width);
        float[] rows = new float[size];
        if (embeddings.getValuesCount() > 0) {
            expect("the number of elements of " + what, embeddings.getValuesCount(), size);
            for (int i = 0; i < size; i++) {
                rows[i] = embeddings.getValues(i);
            }
        } else {
            expect(
                    "the number of bytes of " + what,
                    embeddings.getPacked().size(),
                    (long) size * Float.BYTES);
            packed(embeddings).get(rows);
        }
        for (float element : rows) {
            if (!Float.isFinite(element)) {
                throw wrong("an element of " + what + " is " + element);
            }
        }
        return rows;
    }

    private static FloatBuffer packed(Embeddings embeddings) {
        return embeddings
                .getPacked()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }

    private static void expect(String what, long got, long expected) {
        if (got != expected) {
            throw wrong(what + " must be " + expected + " but is " + got);
        }
    }
}
