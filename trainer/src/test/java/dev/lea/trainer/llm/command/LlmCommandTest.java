package dev.lea.trainer.llm.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.trainer.llm.huggingface.Checkpoint;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LlmCommandTest {
    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void import_thenShow_tellsTheSame() {
        Path source = Checkpoint.of("qwen2", "{}", "BF16", 1).write(folder.resolve("small"));
        String target = folder.resolve("out").toString();
        assertThat(
                        run(
                                "import",
                                "--from",
                                source.toString(),
                                "--to",
                                target,
                                "--precision",
                                "int8"))
                .as("%s", err)
                .isZero();
        assertThat(out.toString())
                .contains("importing 50 %", "importing 100 %", "out: small in int8, ")
                .containsPattern("family +qwen2, biases of queries, keys, values, own output head")
                .containsPattern("heads +4 of 8, over 2 of keys and values")
                .containsPattern("vocabulary +300")
                .containsPattern("precision +int8 in blocks of 32, relative rounding error")
                .containsPattern("memory +about .* to serve");
        String table = out.toString().substring(out.toString().indexOf("  family"));
        out.getBuffer().setLength(0);
        assertThat(run("show", target)).isZero();
        assertThat(out).hasToString(table);
    }

    @Test
    void import_ofWhatIsNotSupported_saysSoAndLeavesNothing() {
        Path source =
                Checkpoint.of("llama", "{\"hidden_act\": \"gelu\"}", "F32", 1)
                        .write(folder.resolve("small"));
        Path target = folder.resolve("out");
        assertThat(run("import", "--from", source.toString(), "--to", target.toString()))
                .isEqualTo(1);
        assertThat(err.toString())
                .startsWith(
                        "import: config.json: hidden_act 'gelu' is not supported; there is silu");
        assertThat(Files.exists(target)).isFalse();
    }

    @Test
    void import_withWrongArguments_namesThem() {
        assertThat(run("import", "--from", "a")).isEqualTo(2);
        assertThat(run("import", "--from", "a", "--to", "b", "--precision", "int3")).isEqualTo(2);
        assertThat(run("import", "--from", "a", "--to", "b", "--block-size", "24")).isEqualTo(2);
        assertThat(err.toString())
                .contains("--to")
                .contains("expected one of [FP32, FP16, INT8, INT4]")
                .contains("--block-size must be a power of two but is 24");
    }

    @Test
    void show_ofAFolderThatIsNone_isRefused() {
        assertThat(run("show", folder.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("the bundle has no manifest.json");
    }

    private int run(String... arguments) {
        return LlmCommand.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
