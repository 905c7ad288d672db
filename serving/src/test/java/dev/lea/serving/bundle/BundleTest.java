package dev.lea.serving.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lea.serving.Failure;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.TensorSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every way in which a bundle can be broken, and that a sound one is read as it was written.
class BundleTest {
    private static final List<String> CONTENT = List.of("empty.bin", Bundle.ITEMS, Bundle.MODEL);

    @TempDir Path scratch;
    private Path folder;
    private Bundle written;

    @BeforeEach
    void writeOne() {
        folder = scratch.resolve("bundle");
        written = TestBundles.write(folder, "the model");
    }

    @Test
    void open_soundBundle_isAsItWasWritten() throws Exception {
        Bundle bundle = Bundle.open(folder);
        assertThat(bundle.manifest()).isEqualTo(written.manifest());
        assertThat(bundle.digest())
                .isEqualTo(written.digest())
                .isEqualTo(Sha256.of(folder.resolve(Bundle.MANIFEST)));
        assertThat(bundle.items().ids()).containsExactly("apple", "pear", "plum");
        assertThat(bundle.manifest().itemIndexHash()).isEqualTo(bundle.items().hash());
        assertThat(bundle.manifest().files().keySet()).containsExactlyElementsOf(CONTENT);
        assertThat(Files.readString(bundle.file(Bundle.MODEL))).isEqualTo("the model");
        assertThat(bundle.sizeBytes()).isEqualTo(9 + 0 + Files.size(folder.resolve(Bundle.ITEMS)));
    }

    @Test
    void file_notNamedByTheManifest_isCorrupt() {
        var e = catchThrowableOfType(Failure.Corrupt.class, () -> written.file("other"));
        assertThat(e.reason()).isEqualTo("BUNDLE_FILE_MISSING");
    }

    @Test
    void open_anyByteOfAnyFileFlipped_isAltered() throws Exception {
        for (String name : CONTENT) {
            byte[] sound = Files.readAllBytes(folder.resolve(name));
            for (int i = 0; i < sound.length; i++) {
                byte[] flipped = sound.clone();
                flipped[i] ^= 1;
                Files.write(folder.resolve(name), flipped);
                assertCorrupt("BUNDLE_FILE_ALTERED", name);
            }
            Files.write(folder.resolve(name), sound);
        }
        Bundle.open(folder);
    }

    @Test
    void open_anyByteOfTheManifestFlipped_isCorruptOrAnotherDigest() throws Exception {
        Path manifest = folder.resolve(Bundle.MANIFEST);
        byte[] sound = Files.readAllBytes(manifest);
        int corrupt = 0;
        for (int i = 0; i < sound.length; i++) {
            byte[] flipped = sound.clone();
            flipped[i] ^= 1;
            Files.write(manifest, flipped);
            try {
                assertThat(Bundle.open(folder).digest()).isNotEqualTo(written.digest());
            } catch (Failure.Corrupt e) {
                corrupt++;
            }
        }
        assertThat(corrupt).isPositive();
    }

    @Test
    void open_truncatedFile_saysSo() throws Exception {
        for (String name : List.of(Bundle.ITEMS, Bundle.MODEL)) {
            byte[] sound = Files.readAllBytes(folder.resolve(name));
            for (int length : new int[] {0, 1, sound.length - 1}) {
                Files.write(folder.resolve(name), Arrays.copyOf(sound, length));
                assertCorrupt("BUNDLE_FILE_TRUNCATED", name);
            }
            Files.write(folder.resolve(name), sound);
        }
    }

    @Test
    void open_truncatedManifest_isUnreadable() throws Exception {
        Path manifest = folder.resolve(Bundle.MANIFEST);
        byte[] sound = Files.readAllBytes(manifest);
        for (int length = 0; length < sound.length - 1; length += 7) {
            Files.write(manifest, Arrays.copyOf(sound, length));
            assertCorrupt("BUNDLE_MANIFEST_UNREADABLE", Bundle.MANIFEST);
        }
    }

    @Test
    void open_longerFile_isAltered() throws Exception {
        Files.writeString(folder.resolve("empty.bin"), "x");
        assertCorrupt("BUNDLE_FILE_ALTERED", "empty.bin");
    }

    @Test
    void open_missingFile_isNamed() throws Exception {
        for (String name : List.of(Bundle.MANIFEST, Bundle.ITEMS, Bundle.MODEL, "empty.bin")) {
            byte[] sound = Files.readAllBytes(folder.resolve(name));
            Files.delete(folder.resolve(name));
            assertCorrupt("BUNDLE_FILE_MISSING", name);
            Files.write(folder.resolve(name), sound);
        }
        Bundle.open(folder);
    }

    @Test
    void open_noFolder_isCorrupt() {
        folder = scratch.resolve("nowhere");
        assertCorrupt("BUNDLE_FILE_MISSING", Bundle.MANIFEST);
    }

    @Test
    void open_folderInPlaceOfAFile_isCorrupt() throws Exception {
        Files.delete(folder.resolve(Bundle.MODEL));
        Files.createDirectory(folder.resolve(Bundle.MODEL));
        assertCorrupt("BUNDLE_FILE_MISSING", Bundle.MODEL);
    }

    @Test
    void open_stranger_isNamed() throws Exception {
        Files.writeString(folder.resolve("stranger"), "");
        assertCorrupt("BUNDLE_FILE_UNKNOWN", "stranger");
        Files.delete(folder.resolve("stranger"));
        Files.createDirectory(folder.resolve("folder"));
        assertCorrupt("BUNDLE_FILE_UNKNOWN", "folder");
    }

    @Test
    void open_anotherCatalogue_isAMismatch() throws Exception {
        byte[] other = ItemIndex.of(List.of("apple", "plum", "pear")).toBytes();
        Files.write(folder.resolve(Bundle.ITEMS), other);
        var files = new LinkedHashMap<>(written.manifest().files());
        files.put(Bundle.ITEMS, new Manifest.FileEntry(Sha256.of(other), other.length));
        manifest(written.manifest().completed(written.items().hash(), files).toBytes());
        assertCorrupt("BUNDLE_ITEMS_MISMATCH", written.items().hash());
    }

    @Test
    void open_itemsThatAreNone_isUnreadable() throws Exception {
        byte[] other = "nonsense".getBytes(UTF_8);
        Files.write(folder.resolve(Bundle.ITEMS), other);
        var files = new LinkedHashMap<>(written.manifest().files());
        files.put(Bundle.ITEMS, new Manifest.FileEntry(Sha256.of(other), other.length));
        manifest(written.manifest().completed(written.items().hash(), files).toBytes());
        assertCorrupt("BUNDLE_ITEMS_UNREADABLE", Bundle.ITEMS);
    }

    @Test
    void open_noCatalogue_isCorrupt() throws Exception {
        Files.delete(folder.resolve(Bundle.ITEMS));
        var files = new LinkedHashMap<>(written.manifest().files());
        files.remove(Bundle.ITEMS);
        manifest(written.manifest().completed(written.items().hash(), files).toBytes());
        assertCorrupt("BUNDLE_FILE_MISSING", Bundle.ITEMS);
    }

    @Test
    void open_anotherFormat_isUnknown_whateverElseItHolds() throws Exception {
        manifest("{\"formatVersion\": 2, \"files\": \"elsewhere\"}".getBytes(UTF_8));
        assertCorrupt("BUNDLE_FORMAT_UNKNOWN", "format version 2");
        manifest("{\"formatVersion\": 4294967297}".getBytes(UTF_8));
        assertCorrupt("BUNDLE_FORMAT_UNKNOWN", "4294967297");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "{}",
                "{\"formatVersion\": \"one\"}",
                "{\"formatVersion\": 1}",
                "\"kind\": null",
                "\"name\": null",
                "\"inputs\": null",
                "\"inputs\": [null]",
                "\"itemIndexHash\": null",
                "\"parents\": {\"data\": null}",
                "\"metrics\": {\"ndcg\": \"high\"}",
                "\"files\": null",
                "\"files\": {\"a\": null}",
                "\"files\": {\"a\": {\"sha256\": \"0\", \"sizeBytes\": 0}}",
                "\"files\": {\"a\": {\"sizeBytes\": 0}}",
                "\"files\": {\"../a\": {\"sha256\": \"SHA\", \"sizeBytes\": 0}}",
                "\"files\": {\"..\": {\"sha256\": \"SHA\", \"sizeBytes\": 0}}",
                "\"files\": {\"a\": {\"sha256\": \"SHA\", \"sizeBytes\": -1}}"
            })
    void open_malformedManifest_isUnreadable(String part) throws Exception {
        String whole =
                part.startsWith("\"")
                        ? """
                        {"formatVersion": 1, "kind": "policy", "name": "n", "inputs": [], "outputs": [],
                         "itemIndexHash": "", "parents": {}, "metrics": {}, "settings": {}, "files": {}, %s}
                        """
                                .formatted(part.replace("SHA", "0".repeat(64)))
                        : part;
        manifest(whole.getBytes(UTF_8));
        assertCorrupt("BUNDLE_MANIFEST_UNREADABLE", "manifest");
    }

    @Test
    void open_hugeManifest_isRefusedUnread() throws Exception {
        try (var file = new RandomAccessFile(folder.resolve(Bundle.MANIFEST).toFile(), "rw")) {
            file.setLength((16 << 20) + 1);
        }
        assertCorrupt("BUNDLE_MANIFEST_UNREADABLE", "16777216");
    }

    @Test
    void manifest_sameContentInAnotherOrder_hasTheSameBytes() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("ndcg@10", 0.0625);
        metrics.put("hr@10", Double.NaN);
        Map<String, Double> reversed = new LinkedHashMap<>();
        reversed.put("hr@10", Double.NaN);
        reversed.put("ndcg@10", 0.0625);
        var one = TestBundles.draft("policy", metrics);
        var other = TestBundles.draft("policy", reversed);
        assertThat(one.toBytes()).isEqualTo(other.toBytes());
        assertThat(new String(one.toBytes(), UTF_8)).doesNotContain("\r");
        assertThat(Manifest.of(one.toBytes())).isEqualTo(one);
    }

    @Test
    void manifest_tensorSpecs_comeBack() {
        var input = new TensorSpec("history", ElementType.INT64, List.of(-1L, 10L));
        var output = new TensorSpec("scores", ElementType.FLOAT, List.of(-1L, 3L));
        var manifest =
                Manifest.draft(
                        "policy",
                        "n",
                        List.of(input),
                        List.of(output),
                        Map.of(),
                        Map.of(),
                        Map.of());
        assertThat(Manifest.of(manifest.toBytes())).isEqualTo(manifest);
    }

    private void manifest(byte[] bytes) throws IOException {
        Files.write(folder.resolve(Bundle.MANIFEST), bytes);
    }

    private void assertCorrupt(String reason, String named) {
        var e = catchThrowableOfType(Failure.Corrupt.class, () -> Bundle.open(folder));
        assertThat(e).isNotNull();
        assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
        assertThat(e).hasMessageContaining(named);
    }
}
