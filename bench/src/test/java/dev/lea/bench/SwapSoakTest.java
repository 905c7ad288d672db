package dev.lea.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.bench.SwapLoad.Kind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The soak's short form: everything of it but the time that tells about latency and memory.
@Timeout(120)
class SwapSoakTest {
    @TempDir Path folder;

    @Test
    void run_swapsUnderLoad_failNoCall_andEveryAnswerIsOfTheVersionItNames() throws Exception {
        var progress = new ByteArrayOutputStream();
        var result =
                SwapSoak.run(
                        new SwapSoak.Plan(30, 15, 0.7, 200, 2),
                        folder,
                        System.nanoTime(),
                        new PrintStream(progress, true, StandardCharsets.UTF_8));
        assertThat(result.problems()).as("%s", progress).isEmpty();
        assertThat(result.failed()).as("%s", progress).isEmpty();
        assertThat(result.wrong()).as("%s", progress).isEmpty();
        assertThat(result.done()).isEqualTo(27);
        assertThat(result.refused()).isEqualTo(3);
        for (Kind kind : Kind.values()) {
            assertThat(result.quiet().get(kind).nanos()).isNotEmpty();
            assertThat(result.swapping().get(kind).nanos()).isNotEmpty();
        }
        assertThat(result.heap()).hasSize(result.resident().size()).allMatch(bytes -> bytes > 0);
    }
}
