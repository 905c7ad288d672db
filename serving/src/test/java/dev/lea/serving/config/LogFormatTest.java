package dev.lea.serving.config;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class LogFormatTest {
    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

    @Test
    void told_flagOrVariableOrNothing_isTheFormat() {
        assertThat(LogFormat.told(List.of("--port=x", "--log-format=json"), Map.of()))
                .isEqualTo(LogFormat.JSON);
        assertThat(LogFormat.told(List.of("--insecure"), Map.of("LEA_LOG_FORMAT", "json")))
                .isEqualTo(LogFormat.JSON);
        assertThat(LogFormat.told(List.of("--log-format=xml"), Map.of())).isEqualTo(LogFormat.TEXT);
        assertThat(LogFormat.told(List.of(), Map.of())).isEqualTo(LogFormat.TEXT);
    }

    @Test
    void json_oneEvent_isAnObjectWithItsContext() throws Exception {
        MDC.put("method", "lea.agent.v1.AgentService/Recommend");
        try {
            JsonNode line = line("it \"failed\"", new IllegalStateException("a\nb"));
            assertThat(line.get("level").asText()).isEqualTo("WARN");
            assertThat(line.get("formattedMessage").asText()).isEqualTo("it \"failed\"");
            assertThat(line.get("mdc").get("method").asText()).endsWith("Recommend");
            assertThat(line.get("throwable").get("message").asText()).isEqualTo("a\nb");
        } finally {
            MDC.clear();
        }
    }

    @Test
    void json_anyText_isOneLineThatCanBeRead() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            var text = new StringBuilder();
            random.ints(random.nextInt(20), 0, 0x300).forEach(c -> text.append((char) c));
            assertThat(line(text.toString(), null).get("formattedMessage").asText())
                    .as("seed " + seed)
                    .isEqualTo(text.toString());
        }
    }

    private JsonNode line(String message, Throwable problem) throws Exception {
        var event =
                new LoggingEvent(
                        "caller", context.getLogger("a.b"), Level.WARN, message, problem, null);
        String line = new String(LogFormat.encoder(context).encode(event), StandardCharsets.UTF_8);
        assertThat(line).endsWith("\n");
        assertThat(line.strip().chars().filter(c -> c == '\n' || c == '\r').count()).isZero();
        return new ObjectMapper().readTree(line);
    }
}
