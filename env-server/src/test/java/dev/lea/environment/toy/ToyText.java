package dev.lea.environment.toy;

import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.feature.EnvironmentSpec;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.GraphBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A text model that is easy to foresee: the words are `like0`, `like1`.., and a text's row is the mean of the rows of
/// the items that its words name. So an item whose text is `like3` is item 3 under another id.
public final class ToyText {
    private ToyText() {}

    /// A bundle that takes new items.
    public static Bundle write(Path folder, ToyEnvironment toy) {
        return ToyBundle.write(
                folder,
                toy,
                files -> {
                    files.put(EnvironmentSpec.TEXT, model(toy));
                    files.put(
                            EnvironmentSpec.TOKENIZER,
                            tokenizer(toy.items()).getBytes(StandardCharsets.UTF_8));
                },
                Map.of("shift", "" + toy.shift(), EnvironmentSpec.TEXT_TOKENS, "8"));
    }

    private static byte[] model(ToyEnvironment toy) {
        int columns = 2 * toy.width() + 1;
        return new GraphBuilder()
                .input("tokens", ElementType.INT64, "texts", "length")
                .input("position", ElementType.INT64, "texts", "length")
                .input("valid", ElementType.FLOAT, "texts", "length")
                .output("rows", ElementType.FLOAT, "texts", columns)
                .constant("table", toy.table(), toy.items(), columns)
                .constant("one", new long[] {1}, 1)
                .constant("two", new long[] {2}, 1)
                .node("Gather", List.of("table", "tokens"), List.of("each"), "axis", 0)
                .node("Unsqueeze", List.of("valid", "two"), List.of("weight"))
                .node("Mul", List.of("each", "weight"), List.of("weighted"))
                .node("ReduceSum", List.of("weighted", "one"), List.of("sum"), "keepdims", 0)
                .node("ReduceSum", List.of("valid", "one"), List.of("count"), "keepdims", 1)
                .node("Div", List.of("sum", "count"), List.of("rows"))
                .build();
    }

    private static String tokenizer(int items) {
        String words =
                IntStream.range(0, items)
                        .mapToObj(i -> "\"like" + i + "\":" + i)
                        .collect(Collectors.joining(","));
        return """
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{"type":"Replace","pattern":{"String":"."},"content":""},
         "pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
         "model":{"type":"WordLevel","vocab":{%s},"unk_token":"like0"}}
        """
                .formatted(words);
    }
}
