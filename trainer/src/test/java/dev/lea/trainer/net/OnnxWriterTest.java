package dev.lea.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.format.AttributeProto;
import dev.lea.serving.onnx.format.ModelProto;
import dev.lea.serving.onnx.format.NodeProto;
import java.util.List;
import org.junit.jupiter.api.Test;

class OnnxWriterTest {
    /// `Map.of` iterates differently in every process; a bundle's digest must not.
    @Test
    void serving_attributes_areSortedByName() throws Exception {
        var graph = new Graph();
        Value x = graph.input("x", ElementType.FLOAT, 2, 8);
        Value scale = graph.parameter("scale", Initial.zeros(), 8);
        Value bias = graph.parameter("bias", Initial.zeros(), 8);
        Value y = graph.named("y", x.layerNormalization(scale, bias, 1e-5f).softmax());
        var model =
                ModelProto.parseFrom(
                        OnnxWriter.serving(graph, List.of(y), Parameters.initial(graph, 1)));
        List<NodeProto> several =
                model.getGraph().getNodeList().stream()
                        .filter(node -> node.getAttributeCount() > 1)
                        .toList();
        assertThat(several).isNotEmpty();
        assertThat(several)
                .allSatisfy(node ->
                        assertThat(node.getAttributeList())
                                .extracting(AttributeProto::getName)
                                .isSorted());
    }
}
