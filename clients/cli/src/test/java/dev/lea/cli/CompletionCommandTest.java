package dev.lea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CompletionCommandTest {
    private static final Path BASH = Path.of("/bin/bash");

    @TempDir Path folder;
    private final CommandLineOfTests lea = new CommandLineOfTests();

    @Test
    void completion_inBash_completesCommandsAndOptions() throws Exception {
        assumeTrue(Files.isExecutable(BASH), "completion is tried in bash");
        assertThat(lea.run(List.of("completion", "bash"))).isZero();
        Path script = Files.writeString(folder.resolve("completion"), lea.out());
        assertThat(complete(script, "lea", "reco")).containsExactly("recommend");
        assertThat(complete(script, "lea", "agent-")).containsExactly("agent-server");
        assertThat(complete(script, "lea", "recommend", "--hist"))
                .contains("--history", "--history-of");
        assertThat(complete(script, "lea", "versions", "roll")).containsExactly("rollback");
    }

    @Test
    void completion_forAnotherShell_isRefused() {
        assertThat(lea.run(List.of("completion", "fish"))).isEqualTo(2);
        assertThat(lea.err()).contains("SHELL must be bash or zsh but is 'fish'");
    }

    private static List<String> complete(Path script, String... words) throws Exception {
        String line =
                "source %s; COMP_WORDS=(%s); COMP_CWORD=%d; _complete_lea; printf '%%s\\n' \"${COMPREPLY[@]}\""
                        .formatted(script, String.join(" ", words), words.length - 1);
        var process =
                new ProcessBuilder(BASH.toString(), "-c", line)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return out.lines().map(String::strip).toList();
    }
}
