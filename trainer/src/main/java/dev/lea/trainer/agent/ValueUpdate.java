package dev.lea.trainer.agent;

import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Value;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// An update of SQN or SNQN, with what the environment adds.
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
    private final Map<String, Value> environments = new HashMap<>();
    private final int stateWidth;

    ValueUpdate(AgentSettings settings, int items, int stateWidth) {
        this.settings = settings;
        this.rows = settings.batchSize();
        this.taken = Batch.taken(settings);
        this.negatives = Batch.negatives(settings);
        this.main = new PolicyNetwork(graph, Update.MAIN, settings.encoder(), items);
        this.target = new PolicyNetwork(graph, Update.TARGET, settings.encoder(), items);
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
        Value now = read(main, encoded, Batch.STATES);
        Value next =
                read(
                        main,
                        main.encode(laterHistory, laterLength, Dropout.NONE),
                        Batch.LATER_STATES);
        Value best = main.best(graph.concat(0, now, next));
        Value targetNow = read(target, target.encode(history, length, Dropout.NONE), Batch.STATES);
        Value targetNext =
                read(
                        target,
                        target.encode(laterHistory, laterLength, Dropout.NONE),
                        Batch.LATER_STATES);
        Value bootstrap =
                target.values(graph.concat(0, targetNow, targetNext), best.reshape(-1, 1));
        Value values = main.values(now, actions);

        var difference = new TemporalDifference(settings.q().gamma());
        Value negativeTarget =
                difference.targetOfNegatives(bootstrap.slice(0, 0, rows).reshape(rows));
        Value targets =
                difference.target(
                        rewards,
                        continues,
                        bootstrap.slice(0, rows, rows + later).reshape(rows, taken));
        return loss(main.logits(encoded), actions, values, targets, negativeTarget, dropout);
    }

    /// What the Q head reads: the encoder's states, joined with the environment's where those are used.
    private Value read(PolicyNetwork network, Value encoded, String environment) {
        if (!settings.lea().variant().states()) {
            return encoded;
        }
        Value states =
                environments.computeIfAbsent(
                        environment,
                        name -> graph.input(name, ElementType.FLOAT, encoded.size(0), stateWidth));
        return network.join(encoded, states);
    }

    private Update loss(
            Value logits,
            Value actions,
            Value values,
            Value targets,
            Value negativeTarget,
            Dropout dropout) {
        double weight = settings.q().weight();
        Value crossEntropy = logits.crossEntropy(actions.slice(1, 0, 1).reshape(-1));
        Value value = values.slice(1, 0, 1).reshape(-1);
        Value aim = targets.slice(1, 0, 1).reshape(-1);
        Value perTransition =
                settings.algorithm() == Algorithm.SQN
                        ? new SqnLoss(weight).perTransition(crossEntropy, value, aim)
                        : new SnqnLoss(weight)
                                .perTransition(
                                        crossEntropy,
                                        value,
                                        aim,
                                        values.slice(1, taken, taken + negatives),
                                        negativeTarget);
        if (taken > 1) {
            perTransition = perTransition.add(positiveActions(logits, actions, values, targets));
        }
        Value loss = perTransition.mean();
        Map<String, Value> reported = new LinkedHashMap<>();
        reported.put("loss", loss);
        reported.put("cross_entropy", crossEntropy.mean());
        reported.put("q", value.mean());
        return new Update(graph, loss, reported, dropout);
    }

    private Value positiveActions(Value logits, Value actions, Value values, Value targets) {
        int count = taken - 1;
        Value shares = graph.input(Batch.SHARES, ElementType.FLOAT, rows, count);
        Value[] crossEntropies = new Value[count];
        for (int k = 0; k < count; k++) {
            Value action = actions.slice(1, k + 1L, k + 2L).reshape(-1);
            crossEntropies[k] = logits.crossEntropy(action).unsqueeze(-1);
        }
        return new PositiveActionLoss(settings.lea().actionWeight(), settings.q().weight())
                .perTransition(
                        graph.concat(1, crossEntropies),
                        values.slice(1, 1, taken),
                        targets.slice(1, 1, taken),
                        shares);
    }
}
