package dev.lea.trainer.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnotationStoreTest {
    private static final AnnotatedSequence KNOWN =
            new AnnotatedSequence(
                    2,
                    new float[] {1, 2, 3, 4},
                    new float[] {0.5f},
                    new int[][] {new int[] {7, 8}},
                    new float[][] {new float[] {0.1f, 0.2f}},
                    new float[][] {new float[] {5, 6, 7, 8}});

    @TempDir Path folder;

    @Test
    void committed_storeThatWasNeverClosed_isThere() throws IOException {
        Path copy = folder.resolve("copy.mv");
        try (var store = open("first.mv")) {
            store.put(new int[] {1}, KNOWN);
            store.commit();
            store.put(new int[] {2}, KNOWN);
            Files.copy(folder.resolve("first.mv"), copy); // what a kill would leave
        }
        try (var store = AnnotationStore.open(copy, 2)) {
            assertThat(store.holds(new int[] {1})).isTrue();
            assertThat(store.holds(new int[] {2})).isFalse();
            assertThat(store.find(new int[] {1})).get().usingRecursiveComparison().isEqualTo(KNOWN);
        }
    }

    @Test
    void put_statesOfAnotherWidth_isRefused() {
        try (var store = AnnotationStore.open(folder.resolve("wide.mv"), 3)) {
            assertThatThrownBy(() -> store.put(new int[] {1}, KNOWN))
                    .isInstanceOf(Failure.Conflict.class)
                    .hasMessageContaining("2")
                    .hasMessageContaining("3");
        }
    }

    @Test
    void of_anyBitFlipped_isRefused() {
        byte[] bytes = KNOWN.toBytes();
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> AnnotatedSequence.of(flipped))
                    .as("bit %d", bit)
                    .isInstanceOf(Failure.Corrupt.class);
        }
    }

    @Test
    void of_anyTruncation_isRefused() {
        byte[] bytes = KNOWN.toBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> AnnotatedSequence.of(cut)).isInstanceOf(Failure.Corrupt.class);
        }
    }

    @Test
    void open_fileOfNoise_namesTheFile() throws IOException {
        byte[] noise = new byte[20_000];
        new Random(3).nextBytes(noise);
        Path file = Files.write(folder.resolve("noise.mv"), noise);
        assertThatThrownBy(() -> AnnotationStore.open(file, 2))
                .isInstanceOf(Failure.Corrupt.class)
                .hasMessageContaining(file.toString());
    }

    private AnnotationStore open(String name) {
        return AnnotationStore.open(folder.resolve(name), 2);
    }
}
