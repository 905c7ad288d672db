package dev.lea.importer.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IdsTest {
    @Test
    void problem_ofUsableIds_isNone() {
        for (String id :
                new String[] {"7", "a b", "\u00fc", "\ud83d\ude00", "\"x\"", "a,b", "0x1\u200b"}) {
            assertThat(Ids.problem("user", id)).as(id).isNull();
        }
    }

    @Test
    void problem_ofOthers_isNamed() {
        assertThat(Ids.problem("user", "")).isEqualTo("the user id is empty");
        assertThat(Ids.problem("item", null)).isEqualTo("the item id is empty");
        assertThat(Ids.problem("item", "a\tb"))
                .isEqualTo("the item id holds the control character U+0009 at 2");
        assertThat(Ids.problem("item", "\ude00"))
                .isEqualTo("the item id holds half a character, U+DE00, at 1");
        assertThat(Ids.problem("item", "a\ud83d"))
                .isEqualTo("the item id holds half a character, U+D83D, at 2");
        assertThat(Ids.problem("item", "x".repeat(513)))
                .isEqualTo("the item id must have at most 512 characters but has 513");
    }
}
