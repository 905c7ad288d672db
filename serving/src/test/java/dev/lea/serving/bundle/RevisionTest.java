package dev.lea.serving.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RevisionTest {
    private static final String DIGEST = "ab".repeat(32);
    private static final Revision.Added A = Revision.Added.of("a", "a chair", new float[] {1, 2});
    private static final Revision.Added B = Revision.Added.of("b", "a table", new float[] {3, 4});

    @TempDir Path folder;

    @Test
    void effectiveDigest_dependsOnIdsAndRowsAndOnNothingElse() {
        Revision none = Revision.none(DIGEST);
        assertThat(none.effectiveDigest()).isEqualTo(DIGEST);
        Revision one = none.with(List.of(A), "r1");
        assertThat(one.effectiveDigest()).isNotEqualTo(DIGEST);
        assertThat(none.with(List.of(A), "").effectiveDigest()).isEqualTo(one.effectiveDigest());
        var otherRow = Revision.Added.of("a", "a chair", new float[] {1, 2.0000002f});
        assertThat(none.with(List.of(otherRow), "").effectiveDigest())
                .isNotEqualTo(one.effectiveDigest());
        var otherId = Revision.Added.of("c", "a chair", new float[] {1, 2});
        assertThat(none.with(List.of(otherId), "").effectiveDigest())
                .isNotEqualTo(one.effectiveDigest());
    }

    @Test
    void with_knownItem_keepsItsPlaceAndTakesTheNewRow() {
        var changed = Revision.Added.of("a", "an armchair", new float[] {5, 6});
        Revision revision =
                Revision.none(DIGEST).with(List.of(A, B), "r1").with(List.of(changed), "r2");
        assertThat(revision.items()).extracting(Revision.Added::id).containsExactly("a", "b");
        assertThat(revision.items().getFirst().elements()).containsExactly(5, 6);
        assertThat(revision.number()).isEqualTo(2);
        assertThat(revision.requests()).containsEntry("r1", 1L).containsEntry("r2", 2L);
    }

    @Test
    void with_manyRequests_forgetsTheOldest() {
        Revision revision = Revision.none(DIGEST);
        for (int i = 0; i < 1010; i++) {
            revision = revision.with(List.of(A), "r" + i);
        }
        assertThat(revision.requests()).hasSize(1000).doesNotContainKey("r9").containsKey("r10");
    }

    @Test
    void bytes_anyChange_isRefused() {
        byte[] bytes = Revision.none(DIGEST).with(List.of(A, B), "r1").toBytes();
        var random = new Random(5);
        for (int i = 0; i < 300; i++) {
            byte[] changed = bytes.clone();
            changed[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
            assertThatThrownBy(() -> Revision.of(changed)).isInstanceOf(Failure.Corrupt.class);
        }
        for (int length = 0; length < bytes.length; length += 7) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> Revision.of(cut)).isInstanceOf(Failure.Corrupt.class);
        }
    }

    @Test
    void store_keepsTheLastOfEachVersion() throws Exception {
        var store = new RevisionStore(folder.resolve("revisions"));
        assertThat(store.current(DIGEST)).isEqualTo(Revision.none(DIGEST));
        Revision first = Revision.none(DIGEST).with(List.of(A), "r1");
        store.keep(first);
        store.keep(first.with(List.of(B), "r2"));
        Revision read = new RevisionStore(folder.resolve("revisions")).current(DIGEST);
        assertThat(read.number()).isEqualTo(2);
        assertThat(read.effectiveDigest()).isEqualTo(first.with(List.of(B), "").effectiveDigest());
        assertThat(read.requests()).containsOnlyKeys("r1", "r2");
        String other = "cd".repeat(32);
        Files.copy(
                folder.resolve("revisions/" + DIGEST + ".revision"),
                folder.resolve("revisions/" + other + ".revision"));
        assertThatThrownBy(() -> store.current(other))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining(DIGEST);
    }

    @Test
    void added_rowThatIsNoRow_isRefused() {
        assertThatThrownBy(() -> Revision.Added.of("a", "x", new float[] {Float.NaN}))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> new Revision.Added("a", "x", new byte[5]))
                .hasMessageContaining("'a'");
        assertThatThrownBy(() ->
                        Revision.none(DIGEST)
                                .with(List.of(A, Revision.Added.of("z", "x", new float[] {1})), ""))
                .hasMessageContaining("width");
    }
}
