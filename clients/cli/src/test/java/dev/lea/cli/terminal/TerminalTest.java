package dev.lea.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TerminalTest {
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    @Test
    void print_afterDraw_erasesWhatWasDrawn() {
        var terminal = terminal(true, true);
        terminal.draw(List.of("a", "b"));
        terminal.draw(List.of("c"));
        terminal.print("stays");
        assertThat(text()).isEqualTo("a\nb\n\u001b[2F\u001b[Jc\n\u001b[1F\u001b[Jstays\n");
    }

    @Test
    void draw_whereNobodyWatches_writesNothing() {
        terminal(false, false).draw(List.of("a"));
        assertThat(text()).isEmpty();
    }

    @Test
    void activity_thatFails_leavesALineAndThrowsOn() {
        assertThatThrownBy(() ->
                        Activity.run(
                                terminal(false, false),
                                "start it",
                                () -> {
                                    throw new IllegalStateException("taken");
                                },
                                String::valueOf))
                .hasMessage("taken");
        assertThat(text()).startsWith("  ✗ start it");
    }

    @Test
    void style_withoutColour_leavesTextAlone() {
        assertThat(new Style(false).bad("x")).isEqualTo("x");
        assertThat(Style.width(new Style(true).bad("xyz"))).isEqualTo(3);
    }

    @Test
    void table_ofNumbersAndNames_alignsThem() {
        var table =
                new Table(new Style(true), "name", "calls").row("a", "1,234").row("longer", "-");
        assertThat(table.lines().get(1)).isEqualTo("  a       1,234");
        assertThat(table.lines().get(2)).isEqualTo("  longer      -");
    }

    @Test
    void table_rowWiderThanHeader_isRefused() {
        assertThatThrownBy(() -> new Table(new Style(false), "a").row("1", "2"))
                .hasMessage("a row has at most 1 cells but this has 2");
    }

    @Test
    void bar_ofAnyShare_hasItsWidth() {
        for (double share : new double[] {-1, 0, 0.03, 0.5, 0.999, 1, 7, Double.NaN}) {
            assertThat(Style.width(ProgressBar.draw(new Style(true), share, 16))).isEqualTo(16);
        }
    }

    @Test
    void format_ofNumbers_isWhatPeopleRead() {
        assertThat(Format.seconds(59.94)).isEqualTo("59.9 s");
        assertThat(Format.seconds(125.2)).isEqualTo("2 min 05 s");
        assertThat(Format.clock(64.1)).isEqualTo("1:05");
        assertThat(Format.clock(7384)).isEqualTo("2:03:04");
        assertThat(Format.rate(0.31)).isEqualTo("0.3/s");
        assertThat(Format.rate(1234.5)).isEqualTo("1,235/s");
        assertThat(Format.metric(Double.NaN)).isEqualTo("-");
    }

    @Test
    void fit_textWithControlCharacters_cannotMoveTheCursor() {
        assertThat(Format.fit("a\u001b[2Jb", 20)).isEqualTo("a [2Jb");
        assertThat(Format.fit("abcdef", 4)).isEqualTo("abc…");
        assertThat(Format.fit("\ud83c\udfb8\ud83c\udfb8\ud83c\udfb8", 2))
                .isEqualTo("\ud83c\udfb8…");
    }

    private Terminal terminal(boolean live, boolean coloured) {
        return new Terminal(
                new PrintStream(screen, true, StandardCharsets.UTF_8), live, coloured, 100);
    }

    private String text() {
        return screen.toString(StandardCharsets.UTF_8);
    }
}
