package dev.lea.importer.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CleanTextTest {
    @Test
    void of_html_becomesItsText() {
        assertThat(
                        clean(
                                "A <b>big</b> drill<br/>with&nbsp;bits &amp; more<script>var x = 1;</script>"))
                .isEqualTo("A big drill with bits & more");
        assertThat(clean("Tom &amp; Jerry &#39;90 &lt;3 &eacute;"))
                .isEqualTo("Tom & Jerry '90 <3 \u00e9");
        assertThat(clean("AT&T 5 < 6 > 2")).isEqualTo("AT&T 5 < 6 > 2");
    }

    @Test
    void of_whiteSpaceAndControls_becomeSingleSpaces() {
        assertThat(clean(" \ta\r\n\u00a0b\u2003\u0000c\u2028\ufeff ")).isEqualTo("a b c");
        assertThat(clean("a\ud83d b \ud83d\ude00 \uffff")).isEqualTo("a b \ud83d\ude00");
        assertThat(clean(null)).isEmpty();
        assertThat(clean(" \n")).isEmpty();
    }

    @Test
    void of_longText_endsAtAWordAndNeverInsideACharacter() {
        assertThat(CleanText.of("one two three", 9)).isEqualTo("one two");
        assertThat(CleanText.of("abcdefghij", 5)).isEqualTo("abcde");
        assertThat(CleanText.of("\ud83d\ude00\ud83d\ude00", 3)).isEqualTo("\ud83d\ude00");
    }

    private static String clean(String text) {
        return CleanText.of(text, 1000);
    }
}
