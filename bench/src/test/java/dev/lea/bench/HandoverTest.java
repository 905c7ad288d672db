package dev.lea.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.onnx.Tensor;
import dev.lea.trainer.agent.AgentSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandoverTest {
    @TempDir Path parent;

    @Test
    void write_saysWhereEachArrayLies_andCloseLeavesNothing() throws IOException {
        Path folder = Files.createDirectory(parent.resolve("handover"));
        try (var handover = new Handover(folder);
                Tensor rewards = Tensor.of(new float[] {1, 0.2f}, 2, 1)) {
            handover.batch(1, Map.of("rewards", rewards));
            handover.write(AgentSettings.DEFAULT);
            JsonNode batch =
                    new ObjectMapper()
                            .readTree(folder.resolve("content.json").toFile())
                            .get("batches")
                            .get(0);
            assertThat(batch.get("main").asInt()).isEqualTo(1);
            JsonNode entry = batch.get("inputs").get("rewards");
            assertThat(entry.get("type").asText()).isEqualTo("FLOAT");
            assertThat(entry.get("shape").toString()).isEqualTo("[2,1]");
            var bytes =
                    ByteBuffer.wrap(Files.readAllBytes(folder.resolve(entry.get("file").asText())))
                            .order(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.getFloat()).isEqualTo(1);
            assertThat(bytes.getFloat()).isEqualTo(0.2f);
        }
        assertThat(folder).doesNotExist();
    }

    @Test
    void interpreterWith_aModuleThatNobodyHas_isEmpty() {
        assertThat(PythonRival.interpreterWith("no_module_has_this_name_in_lea")).isEmpty();
    }
}
