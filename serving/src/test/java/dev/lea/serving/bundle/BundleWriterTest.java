package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BundleWriterTest {
    @TempDir Path scratch;

    @Test
    void commit_givesTheFolderItsNameAndLeavesNothingAside() throws Exception {
        Path target = scratch.resolve("deep/er/bundle");
        Bundle bundle = TestBundles.write(target, "model");
        assertThat(bundle.folder()).isEqualTo(target);
        assertThat(Bundle.open(target).digest()).isEqualTo(bundle.digest());
        try (var list = Files.list(target.getParent())) {
            assertThat(list).containsExactly(target);
        }
    }

    @Test
    void commit_equalContent_hasEqualDigests_andAnyDifferenceShows() {
        Bundle one = TestBundles.write(scratch.resolve("1"), "model");
        Bundle same = TestBundles.write(scratch.resolve("2"), "model");
        Bundle other = TestBundles.write(scratch.resolve("3"), "mode1");
        Bundle judged =
                TestBundles.write(scratch.resolve("4"), "policy", "model", Map.of("ndcg@10", 0.08));
        assertThat(same.digest()).isEqualTo(one.digest());
        assertThat(List.of(one.digest(), other.digest(), judged.digest())).doesNotHaveDuplicates();
    }

    @Test
    void close_withoutCommit_leavesNothing() throws Exception {
        try (var writer = BundleWriter.create(scratch.resolve("bundle"))) {
            writer.write("a", new byte[10]);
            Files.writeString(writer.file("b"), "b");
        }
        assertEmpty();
    }

    @Test
    void commit_ofABundleThatKnowsNoItems_isReadWithoutThem() {
        try (BundleWriter writer = BundleWriter.create(scratch.resolve("b"))) {
            writer.writeNoItems();
            writer.write("a.bin", new byte[] {1});
            writer.commit(
                    Manifest.draft("llm", "x", List.of(), List.of(), Map.of(), Map.of(), Map.of()));
        }
        Bundle bundle = Bundle.open(scratch.resolve("b"));
        assertThat(bundle.file("a.bin")).hasBinaryContent(new byte[] {1});
        assertThatThrownBy(bundle::items).hasMessage("the bundle has no items.jsonl");
    }

    @Test
    void link_ofAFileOfAnotherBundle_isPartOfBoth() throws java.io.IOException {
        Path existing = Files.write(scratch.resolve("w.bin"), new byte[] {1, 2});
        try (BundleWriter writer = BundleWriter.create(scratch.resolve("b"))) {
            writer.writeNoItems();
            writer.link(existing);
            writer.commit(
                    Manifest.draft("llm", "x", List.of(), List.of(), Map.of(), Map.of(), Map.of()));
        }
        assertThat(existing).hasBinaryContent(new byte[] {1, 2});
        assertThat(Bundle.open(scratch.resolve("b")).file("w.bin"))
                .hasBinaryContent(new byte[] {1, 2});
    }

    @Test
    void commit_withoutItems_isRefusedAndLeavesNothing() throws Exception {
        try (var writer = BundleWriter.create(scratch.resolve("bundle"))) {
            writer.write(Bundle.MODEL, new byte[10]);
            assertThatThrownBy(() -> writer.commit(TestBundles.draft("policy", Map.of())))
                    .isInstanceOf(Failure.Corrupt.class)
                    .hasMessageContaining(Bundle.ITEMS);
        }
        assertEmpty();
    }

    @Test
    void create_whereSomethingIs_isRefused() {
        Path target = scratch.resolve("bundle");
        TestBundles.write(target, "model");
        assertThatThrownBy(() -> BundleWriter.create(target))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(target.toString());
    }

    @Test
    void create_relativeFolder_isWritten() throws Exception {
        Path target = Path.of("bundle-" + UUID.randomUUID());
        try {
            assertThat(TestBundles.write(target, "model").folder())
                    .isEqualTo(target.toAbsolutePath());
            Bundle.open(target);
        } finally {
            Durable.delete(target);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/a", "a\\b", "ä", "a b", "manifest.json"})
    void file_badName_isRefused(String name) {
        try (var writer = BundleWriter.create(scratch.resolve("bundle"))) {
            assertThatThrownBy(() -> writer.file(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "'");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "-", "_", "...", ".a", "-a", "a.b_C-9"})
    void file_nameThatTheContractAllows_isTaken(String name) {
        try (var writer = BundleWriter.create(scratch.resolve("bundle"))) {
            writer.write(name, new byte[1]);
            writer.write(ItemIndex.of(List.of("a")));
            Bundle bundle = writer.commit(TestBundles.draft("policy", Map.of()));
            assertThat(bundle.file(name)).exists();
        }
    }

    @Test
    void file_longestName_isTakenAndALongerOneIsNot() {
        try (var writer = BundleWriter.create(scratch.resolve("bundle"))) {
            assertThat(writer.file("a".repeat(128))).isNotNull();
            assertThatThrownBy(() -> writer.file("a".repeat(129)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private void assertEmpty() throws Exception {
        try (var list = Files.list(scratch)) {
            assertThat(list).isEmpty();
        }
    }
}
