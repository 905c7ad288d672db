package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;

/// An update of SQN, SAC, SNQN or SA2C, with what the environment adds.
///
/// Rows of the graph: B transitions; each looks at P = 1 + m actions that were or might have been taken (the
/// logged one first, then m positive ones) and at the P states these lead to. So each network encodes B
/// histories and B * P later ones, once, and every target, negative and loss is read from that. Only the main
/// network's states of the B histories carry gradients and dropout; values of actions are products with the
/// few rows of the Q head that are asked for, and the product with all of it is made for `argmax` alone.
final class ValueUpdate {
    private final AgentSettings settings;
    private final int rows;
    private final int taken;
    private final int negatives;
    private final Graph graph = new Graph();
    private final PolicyNetwork main;
    private final PolicyNetwork target;
    private final int stateWidth;

    ValueUpdate(AgentSettings settings, PolicyItems items, int stateWidth) {
        this.settings = settings;
        this.rows = settings.batchSize();
        this.taken = Batch.taken(settings);
        this.negatives = Batch.negatives(settings);
        EncoderSettings encoder = settings.encoder();
        var tables = ItemTables.of(graph, settings, items.count());
        var source = PolicyNetwork.source(graph, encoder, items, tables);
        this.main = new PolicyNetwork(graph, Update.MAIN, encoder, tables, source);
        this.target = new PolicyNetwork(graph, Update.TARGET, encoder, tables, source);
        this.stateWidth = stateWidth;
    }

    Update build() {
        int places = settings.encoder().historyLength();
        int later = rows * taken;
        Value history = graph.input(Batch.HISTORY, ElementType.INT64, rows, places);
        Value length = graph.input(Batch.LENGTH, ElementType.INT64, rows);
        Value laterHistory = graph.input(Batch.LATER_HISTORY, ElementType.INT64, later, places);
        Value laterLength = graph.input(Batch.LATER_LENGTH, ElementType.INT64, later);
        Value actions = graph.input(Batch.ACTIONS, ElementType.INT64, rows, taken + negatives);
        Value rewards = graph.input(Batch.REWARDS, ElementType.FLOAT, rows, taken);
        Value continues = graph.input(Batch.CONTINUES, ElementType.FLOAT, rows, taken);
        Dropout dropout = Dropout.fed(graph, settings.encoder().dropout());

        Value encoded = main.encode(history, length, dropout);
        Value encodedNext = main.encode(laterHistory, laterLength, Dropout.NONE);
        Value encodedTarget =
                target.encode(
                        graph.concat(0, history, laterHistory),
                        graph.concat(0, length, laterLength),
                        Dropout.NONE);
        LeaSettings lea = settings.lea();
        Value states =
                lea.readsStates()
                        ? graph.input(Batch.STATES, ElementType.FLOAT, rows, stateWidth)
                        : null;
        Value now = encoded;
        Value next = encodedNext;
        Value both = encodedTarget;
        if (lea.uses(StateUse.JOIN)) {
            Value laterStates =
                    graph.input(Batch.LATER_STATES, ElementType.FLOAT, later, stateWidth);
            now = main.join(encoded, states);
            next = main.join(encodedNext, laterStates);
            both = target.join(encodedTarget, graph.concat(0, states, laterStates));
        }
        Value best = main.best(graph.concat(0, now, next));
        Value bootstrap = target.values(both, best.reshape(-1, 1));
        Value values = main.values(now, actions);

        var difference = new TemporalDifference(settings.q().gamma());
        Value negativeTarget =
                difference.targetOfNegatives(bootstrap.slice(0, 0, rows).reshape(rows));
        Value targets =
                difference.target(
                        rewards,
                        continues,
                        bootstrap.slice(0, rows, rows + later).reshape(rows, taken));
        Value perTransition = loss(main.logits(encoded), actions, values, targets, negativeTarget);
        if (lea.uses(StateUse.ALIGN)) {
            perTransition =
                    perTransition.add(
                            new StateAlignment(lea.stateWeight())
                                    .perTransition(main.project(encoded, stateWidth), states));
        }
        return new Update(graph, perTransition.mean(), dropout);
    }

    /// The loss of each transition, float [rows].
    private Value loss(
            Value logits, Value actions, Value values, Value targets, Value negativeTarget) {
        double weight = settings.q().weight();
        Value crossEntropies = logits.crossEntropies(actions.slice(1, 0, taken));
        Value crossEntropy = column(crossEntropies, 0);
        Value value = column(values, 0);
        Value target = column(targets, 0);
        Value negativeValues = values.slice(1, taken, taken + negatives);
        Value importance =
                settings.algorithm() == Algorithm.SA2C
                        ? importance(values, negativeValues, crossEntropies)
                        : null;
        Value perTransition =
                switch (settings.algorithm()) {
                    case SQN -> new SqnLoss(weight).perTransition(crossEntropy, value, target);
                    case SAC -> new SacLoss(weight).perTransition(crossEntropy, value, target);
                    case SNQN ->
                            new SnqnLoss(weight)
                                    .perTransition(
                                            crossEntropy,
                                            value,
                                            target,
                                            negativeValues,
                                            negativeTarget);
                    case SA2C ->
                            new Sa2cLoss(weight, settings.actor())
                                    .perTransition(
                                            crossEntropy,
                                            column(importance, 0),
                                            value,
                                            target,
                                            negativeValues,
                                            negativeTarget);
                    case SUPERVISED -> throw new IllegalArgumentException("no values are learned");
                };
        if (taken > 1) {
            Value weighted =
                    importance == null ? crossEntropies : crossEntropies.multiply(importance);
            perTransition = perTransition.add(positiveActions(weighted, values, targets));
        }
        return perTransition;
    }

    /// `A rho` of the logged and the positive actions, float [rows, taken].
    private Value importance(Value values, Value negativeValues, Value crossEntropies) {
        Value popularity =
                settings.actor().smooth() == 0
                        ? null
                        : graph.input(Batch.POPULARITY, ElementType.FLOAT, rows, taken);
        return new Sa2cLoss(settings.q().weight(), settings.actor())
                .importance(values.slice(1, 0, taken), negativeValues, crossEntropies, popularity);
    }

    private Value positiveActions(Value crossEntropies, Value values, Value targets) {
        Value shares = graph.input(Batch.SHARES, ElementType.FLOAT, rows, taken - 1L);
        return new PositiveActionLoss(settings.lea().actionWeight(), settings.q().weight())
                .perTransition(
                        crossEntropies.slice(1, 1, taken),
                        values.slice(1, 1, taken),
                        targets.slice(1, 1, taken),
                        shares);
    }

    private static Value column(Value matrix, int number) {
        return matrix.slice(1, number, number + 1L).reshape(-1);
    }
}
