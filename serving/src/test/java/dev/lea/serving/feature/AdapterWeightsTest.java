package dev.lea.serving.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterWeightsTest {
    private static final AdapterWeights WEIGHTS =
            new AdapterWeights(
                    Map.of(
                            "b",
                                    new AdapterWeights.Array(
                                            new long[] {2, 2}, new float[] {1, 2, 3, 4}),
                            "a", new AdapterWeights.Array(new long[0], new float[] {-0.5f}),
                            "none", new AdapterWeights.Array(new long[] {0, 3}, new float[0])));

    @TempDir Path folder;

    @Test
    void read_whatWasWritten_isTheSame() throws IOException {
        var read = AdapterWeights.read(file(WEIGHTS.toBytes()));
        assertThat(read.arrays().keySet()).containsExactly("a", "b", "none");
        read.arrays()
                .forEach((name, array) -> {
                    assertThat(array.shape()).isEqualTo(WEIGHTS.arrays().get(name).shape());
                    assertThat(array.elements()).isEqualTo(WEIGHTS.arrays().get(name).elements());
                });
        assertThat(read.toBytes()).isEqualTo(WEIGHTS.toBytes());
    }

    @Test
    void toBytes_isTheFormatOfThatName() {
        byte[] bytes = WEIGHTS.toBytes();
        String header = new String(bytes, 8, bytes[0] & 0xFF, StandardCharsets.UTF_8);
        assertThat((bytes[0] & 0xFF) % 8).isZero();
        assertThat(header)
                .startsWith("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},");
    }

    @Test
    void read_whatIsNone_isRefused() throws IOException {
        assertRefused(new byte[3], "header's length");
        assertRefused(Arrays.copyOf(WEIGHTS.toBytes(), 40), "header's length");
        byte[] cut = WEIGHTS.toBytes();
        assertRefused(Arrays.copyOf(cut, cut.length - 4), "but there are 16 bytes");
        assertRefused(Arrays.copyOf(cut, cut.length + 4), "take 20 bytes but 24 follow");
        String other = new String(cut, StandardCharsets.ISO_8859_1).replace("F32", "F16");
        assertRefused(other.getBytes(StandardCharsets.ISO_8859_1), "only F32 is read");
    }

    private void assertRefused(byte[] content, String message) throws IOException {
        Path file = file(content);
        assertThatThrownBy(() -> AdapterWeights.read(file))
                .isInstanceOfSatisfying(
                        Failure.Corrupt.class,
                        e -> assertThat(e.reason()).isEqualTo("ADAPTER_UNREADABLE"))
                .hasMessageContaining(message);
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(folder.resolve(AdapterWeights.FILE), content);
    }
}
