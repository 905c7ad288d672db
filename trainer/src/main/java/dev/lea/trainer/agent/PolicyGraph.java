package dev.lea.trainer.agent;

import dev.lea.serving.feature.HistoryFeature;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.OnnxWriter;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The graph that is served: encoder, supervised head, exclusions and the k best in one. docs/architecture.md
/// says what its inputs and outputs mean; the network is the one that was trained, declared by the same code.
final class PolicyGraph {
    static final String HISTORY = "history";
    static final String LENGTH = "length";
    static final String EXCLUDED = "excluded";
    static final String ALLOWED = "allowed";
    static final String UNRESTRICTED = "unrestricted";
    static final String K = "k";
    static final String TOP_ITEMS = "top_items";
    static final String TOP_SCORES = "top_scores";
    static final String SCORES = "scores";
    static final String STATES = "states";

    private static final long OPEN = -1;

    private PolicyGraph() {}

    /// The graph with its parameters, as ONNX.
    ///
    /// @param parameters of one network, named without a prefix
    static byte[] write(EncoderSettings settings, PolicyItems items, Parameters parameters) {
        Graph graph = new Graph();
        Value history = graph.input(HISTORY, ElementType.INT64, OPEN, settings.historyLength());
        Value length = graph.input(LENGTH, ElementType.INT64, OPEN);
        Value excluded = graph.input(EXCLUDED, ElementType.INT64, OPEN, OPEN);
        Value allowed = graph.input(ALLOWED, ElementType.INT64, OPEN, OPEN);
        Value unrestricted = graph.input(UNRESTRICTED, ElementType.BOOL, OPEN, 1);
        Value k = graph.input(K, ElementType.INT64, 1);

        var source = PolicyNetwork.served(graph, settings, items);
        var network = new PolicyNetwork(graph, "", settings, items, source);
        Value logits = network.logits(network.encode(history, length, Dropout.NONE));
        Value scores = mask(graph, settings, logits, excluded, allowed, unrestricted, items);
        List<Value> top = graph.topK(scores, k);
        return OnnxWriter.serving(
                graph,
                List.of(
                        graph.named(TOP_ITEMS, top.get(1)),
                        graph.named(TOP_SCORES, top.get(0)),
                        graph.named(SCORES, scores)),
                parameters);
    }

    /// The part of it that gives the scores of all items, with nothing excluded; its parameters are inputs.
    static byte[] writeScores(EncoderSettings settings, PolicyItems items) {
        Graph graph = new Graph();
        return OnnxWriter.serving(graph, List.of(scores(graph, settings, items)));
    }

    /// Names of the parameters that are served.
    static Set<String> parameters(EncoderSettings settings, PolicyItems items) {
        Graph graph = new Graph();
        scores(graph, settings, items);
        return graph.parameters().keySet();
    }

    private static Value scores(Graph graph, EncoderSettings settings, PolicyItems items) {
        Value history = graph.input(HISTORY, ElementType.INT64, OPEN, settings.historyLength());
        Value length = graph.input(LENGTH, ElementType.INT64, OPEN);
        var source = PolicyNetwork.served(graph, settings, items);
        var network = new PolicyNetwork(graph, "", settings, items, source);
        Value logits = network.logits(network.encode(history, length, Dropout.NONE));
        if (settings.head() == ItemHead.TOKENS) {
            logits = logits.slice(1, 0, -1);
        }
        return graph.named(SCORES, logits);
    }

    /// The part of it that gives the encoder's states.
    static byte[] writeStates(EncoderSettings settings, PolicyItems items, Parameters parameters) {
        Graph graph = new Graph();
        Value history = graph.input(HISTORY, ElementType.INT64, OPEN, settings.historyLength());
        Value length = graph.input(LENGTH, ElementType.INT64, OPEN);
        var source = PolicyNetwork.served(graph, settings, items);
        var network = new PolicyNetwork(graph, "", settings, items, source);
        Value states = network.encode(history, length, Dropout.NONE);
        return OnnxWriter.serving(graph, List.of(graph.named(STATES, states)), parameters);
    }

    /// Inputs that are the same for all calls, by name; the caller closes them.
    ///
    /// @param items that are scored
    static Map<String, Tensor> shared(EncoderSettings settings, PolicyItems items) {
        return switch (settings.head()) {
            case FIXED -> Map.of();
            case TOKENS -> Map.of(TokenItems.INPUT, items.expectRows().toTensor());
        };
    }

    /// Inputs of the graph for plain histories, without exclusions.
    static Map<String, Tensor> inputs(HistoryFeature feature, List<int[]> histories, int k) {
        int rows = histories.size();
        int none = feature.itemCount();
        long[] unlisted = new long[rows];
        boolean[] unrestricted = new boolean[rows];
        for (int row = 0; row < rows; row++) {
            unlisted[row] = none;
            unrestricted[row] = true;
        }
        Map<String, Tensor> inputs = histories(feature, histories);
        inputs.put(EXCLUDED, Tensor.of(unlisted, rows, 1));
        inputs.put(ALLOWED, Tensor.of(unlisted, rows, 1));
        inputs.put(UNRESTRICTED, Tensor.of(unrestricted, rows, 1));
        inputs.put(K, Tensor.of(new long[] {k}, 1));
        return inputs;
    }

    /// The two inputs that hold the histories.
    static Map<String, Tensor> histories(HistoryFeature feature, List<int[]> histories) {
        int rows = histories.size();
        Tensor history = Tensor.zeros(ElementType.INT64, rows, feature.length());
        long[] length = new long[rows];
        for (int row = 0; row < rows; row++) {
            int[] items = histories.get(row);
            length[row] = feature.write(items, 0, items.length, history.longs(), row);
        }
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put(HISTORY, history);
        inputs.put(LENGTH, Tensor.of(length, rows));
        return inputs;
    }

    /// Logits, and -infinity where an item may not be recommended. One column more takes the paddings' marks.
    private static Value mask(
            Graph graph,
            EncoderSettings settings,
            Value logits,
            Value excluded,
            Value allowed,
            Value unrestricted,
            PolicyItems items) {
        Value none = graph.constant(Float.NEGATIVE_INFINITY);
        Value zero = graph.constant(0);
        boolean open = settings.head() == ItemHead.TOKENS; // one column more than there are items
        Value room = open ? logits.multiply(0) : graph.zeros(1, items.count() + 1L);
        Value base = zero.where(unrestricted, none).add(room);
        Value listed = graph.scatterElements(base, allowed, fill(graph, allowed, 0), false);
        Value left =
                graph.scatterElements(
                        listed, excluded, fill(graph, excluded, Float.NEGATIVE_INFINITY), false);
        return open
                ? logits.add(left).slice(1, 0, -1)
                : logits.add(left.slice(1, 0, items.count()));
    }

    /// A float of the same shape as some indices.
    private static Value fill(Graph graph, Value like, float value) {
        return like.less(graph.index(0)).cast(ElementType.FLOAT).add(graph.constant(value));
    }
}
