package dev.lea.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A hundred thousand messages that nobody should send, other ones each time; the seed of a failure is in its text.
@Timeout(300)
class FuzzTest {
    private static final long ROOM = 48L << 20; // for what a collection leaves over

    @TempDir Path folder;

    @Test
    void run_everyMethodOfEveryServer_answersAllOfIt() throws Exception {
        var said = new ByteArrayOutputStream();
        var out = new PrintStream(said, true, StandardCharsets.UTF_8);
        for (var result : Fuzz.runAll(System.nanoTime(), 100_000, folder, out)) {
            assertThat(result.problems()).as("%s", said).isEmpty();
            assertThat(result.heapAfter())
                    .as("heap of %s; %s", result.server(), said)
                    .isLessThan(result.heapBefore() + ROOM);
            assertThat(result.answers()).as("%s", said).hasSizeGreaterThan(2);
        }
        System.out.print(said);
    }
}
