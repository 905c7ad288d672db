package dev.lea.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The contract that every client passes, run by the Java client.
class JavaClientTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Servers servers;

    @BeforeAll
    static void startServers() throws IOException {
        servers = Servers.start();
    }

    @AfterAll
    static void stopServers() throws IOException {
        servers.close();
    }

    @TestFactory
    Stream<DynamicTest> contract() throws IOException {
        return cases().stream()
                .map(one -> DynamicTest.dynamicTest(one.get("name").textValue(), () -> run(one)));
    }

    private static void run(JsonNode one) throws Exception {
        String server = one.get("server").textValue();
        servers.control("/" + server + "/reset");
        try (var run = new Run(servers, server)) {
            int number = 0;
            for (JsonNode step : one.get("steps")) {
                assertThat(run.step(step)).as("step %d: %s", number++, step).isEmpty();
            }
        }
    }

    private static List<JsonNode> cases() throws IOException {
        List<JsonNode> cases = new ArrayList<>();
        try (var files = Files.list(Path.of("cases"))) {
            for (Path file : files.sorted().toList()) {
                JSON.readTree(file.toFile()).get("cases").forEach(cases::add);
            }
        }
        assertThat(cases).isNotEmpty();
        return cases;
    }
}
