package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ItemIndexTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 9, 1000, 5000})
    void of_anyNumberOfIds_findsEachAndNoOther(int n) {
        List<String> ids = IntStream.range(0, n).mapToObj(i -> "item-" + i).toList();
        var index = ItemIndex.of(ids);
        assertThat(index.size()).isEqualTo(n);
        assertThat(index.ids()).isEqualTo(ids);
        for (int i = 0; i < n; i++) {
            assertThat(index.indexOf(ids.get(i))).isEqualTo(i);
            assertThat(index.id(i)).isEqualTo(ids.get(i));
        }
        for (String unknown : List.of("", "item", "item-" + n, "item--1", "ITEM-0")) {
            assertThat(index.indexOf(unknown)).isEqualTo(ItemIndex.UNKNOWN);
        }
    }

    @Test
    void of_idsWithEqualHashCodes_findsEach() {
        var index = ItemIndex.of(List.of("AaAa", "BBBB", "AaBB"));
        assertThat(index.indexOf("AaAa")).isZero();
        assertThat(index.indexOf("BBBB")).isEqualTo(1);
        assertThat(index.indexOf("AaBB")).isEqualTo(2);
        assertThat(index.indexOf("BBAa")).isEqualTo(ItemIndex.UNKNOWN);
    }

    @Test
    void of_idsThatCannotBe_namesThem() {
        assertThatThrownBy(() -> ItemIndex.of(List.of())).hasMessageContaining("has 0");
        assertThatThrownBy(() -> ItemIndex.of(List.of("a", ""))).hasMessageContaining("item 1");
        assertThatThrownBy(() -> ItemIndex.of(List.of("a", "b", "a")))
                .hasMessageContaining("'a' occurs twice: 0 and 2");
        assertThatThrownBy(() -> ItemIndex.of(List.of("half \ud83d of a pair")))
                .hasMessageContaining("not valid Unicode");
    }

    @Test
    void hash_isOverLengthsAndIdsInOrder() {
        assertThat(ItemIndex.of(List.of("a", "bc")).hash())
                .isEqualTo("5310a58788781ab25d5ad7c3f85035824b4eb7bdfa394e0ac2186271472b5492");
        assertThat(ItemIndex.of(List.of("ab", "c")).hash())
                .isNotEqualTo(ItemIndex.of(List.of("a", "bc")).hash());
        assertThat(ItemIndex.of(List.of("bc", "a")).hash())
                .isNotEqualTo(ItemIndex.of(List.of("a", "bc")).hash());
    }

    @Test
    void read_whatWasWritten_isTheSame() throws Exception {
        var random = new Random(20260101);
        List<String> ids = new ArrayList<>();
        ids.addAll(
                List.of("\n", "\r", "\u2028", "\"", "\\", " ", "\u0000", "null", "\ud83c\udf4e"));
        for (int i = 0; i < 2000; i++) {
            int[] points = random.ints(1 + random.nextInt(8), 1, 0xD800).toArray();
            ids.add(i + new String(points, 0, points.length));
        }
        var index = ItemIndex.of(ids);
        Path file = Files.write(folder.resolve("items.jsonl"), index.toBytes());
        var again = ItemIndex.read(file);
        assertThat(again.ids()).isEqualTo(ids);
        assertThat(again.hash()).isEqualTo(index.hash());
        assertThat(
                        new String(index.toBytes(), StandardCharsets.UTF_8)
                                .chars()
                                .filter(c -> c == '\n')
                                .count())
                .isEqualTo(ids.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null\n",
                "1\n",
                "[\"a\"]\n",
                "\"a\"\n\n\"b\"\n",
                "\"a\" \"b\"\n",
                "\"a\"\n\"b\n",
                "\"a\"\nb\n",
                "\"a\"\n\"a\"\n",
                "\"\"\n"
            })
    void read_whatIsNoIndex_isCorrupt(String content) throws Exception {
        Path file = Files.writeString(folder.resolve("items.jsonl"), content);
        assertUnreadable(file);
    }

    @Test
    void read_badLine_isNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("items.jsonl"), "\"a\"\n\"b\"\n7\n");
        assertThatThrownBy(() -> ItemIndex.read(file)).hasMessageContaining("line 3");
    }

    @Test
    void read_bytesThatAreNoText_isCorrupt() throws Exception {
        Path file = Files.write(folder.resolve("items.jsonl"), new byte[] {'"', -1, '"', '\n'});
        assertUnreadable(file);
    }

    private static void assertUnreadable(Path file) {
        assertThatThrownBy(() -> ItemIndex.read(file))
                .isInstanceOfSatisfying(
                        Failure.Corrupt.class,
                        e -> assertThat(e.reason()).isEqualTo("BUNDLE_ITEMS_UNREADABLE"));
    }
}
