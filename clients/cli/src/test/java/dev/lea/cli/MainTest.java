package dev.lea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void version_isTheBuilds() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).matches("lea \\d+\\.\\d+\\.\\d+.* \\(JDK .+\\)\\s+");
    }

    @Test
    void demo_withPortOutOfRange_namesBoundAndValue() {
        assertThat(run("demo", "--agent-port", "70000")).isEqualTo(2);
        assertThat(err.toString()).contains("the port of agent must be in [0, 65535] but is 70000");
    }

    @Test
    void demo_withUnknownOption_isRefused() {
        assertThat(run("demo", "--dta", "x")).isEqualTo(2);
        assertThat(err.toString()).contains("--dta");
    }

    private int run(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
