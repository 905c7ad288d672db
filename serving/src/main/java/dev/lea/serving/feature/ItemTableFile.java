package dev.lea.serving.feature;

import dev.lea.serving.Failure;
import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// The items' table, `item_tokens.f32`: [n, W] little-endian float32, row-major. Its columns are the graphs' own
/// business.
public final class ItemTableFile {
    private static final int CHUNK_BYTES = 1 << 20;

    private ItemTableFile() {}

    /// Reads a table.
    ///
    /// @return [n, W]; the caller closes it
    /// @throws Failure.Corrupt if the file has another size or holds what is not a finite number
    public static Tensor read(Path file, int itemCount, int columns) {
        return read(file, itemCount, columns, 0);
    }

    /// Reads a table.
    ///
    /// @param more rows of zeros behind the items' own
    /// @return [n + more, W]; the caller closes it
    /// @throws Failure.Corrupt if the file has another size or holds what is not a finite number
    public static Tensor read(Path file, int itemCount, int columns, int more) {
        long expected = 4L * itemCount * columns;
        try (var channel = FileChannel.open(file)) {
            if (channel.size() != expected) {
                throw new Failure.Corrupt(
                        "ITEM_TOKENS_MISMATCH",
                        "%s has %d bytes but %d items of %d columns take %d"
                                .formatted(
                                        EnvironmentSpec.ITEM_TOKENS,
                                        channel.size(),
                                        itemCount,
                                        columns,
                                        expected));
            }
            Tensor table = Tensor.zeros(ElementType.FLOAT, (long) itemCount + more, columns);
            try {
                copy(channel, table.floats().slice(0, itemCount * columns), columns);
                return table;
            } catch (IOException | RuntimeException e) {
                table.close();
                throw e;
            }
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "ITEM_TOKENS_UNREADABLE",
                    EnvironmentSpec.ITEM_TOKENS + " cannot be read: " + e.getMessage(),
                    e);
        }
    }

    private static void copy(FileChannel channel, FloatBuffer out, int columns) throws IOException {
        var chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (out.hasRemaining()) {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, 4L * out.remaining()));
            while (chunk.hasRemaining()) {
                if (channel.read(chunk) < 0) {
                    throw new IOException("the file ended early");
                }
            }
            FloatBuffer values = chunk.flip().asFloatBuffer();
            while (values.hasRemaining()) {
                float value = values.get();
                if (!Float.isFinite(value)) {
                    throw new Failure.Corrupt(
                            "ITEM_TOKENS_NOT_FINITE",
                            "%s holds %s in row %d, column %d"
                                    .formatted(
                                            EnvironmentSpec.ITEM_TOKENS,
                                            value,
                                            out.position() / columns,
                                            out.position() % columns));
                }
                out.put(value);
            }
        }
    }
}
