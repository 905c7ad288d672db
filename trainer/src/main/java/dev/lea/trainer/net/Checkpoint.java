package dev.lea.trainer.net;

import dev.lea.serving.Failure;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/// Parameters on disk.
///
/// Format, big-endian: the magic "LEACKPT1"; int64 step; int32 count; for each array its name (UTF), int32
/// rank, int64 dimensions, float32 elements; int64 CRC-32C of all before it. Written aside, synced and
/// renamed, so that a file of this name is always whole.
public final class Checkpoint {
    private static final long MAGIC = 0x4C4541434B505431L;

    /// What a file holds.
    ///
    /// @param step updates done
    public record Content(long step, Parameters parameters) {}

    private Checkpoint() {}

    /// Writes a state with its moments.
    public static void save(Path file, TrainingState state) {
        save(file, state.step(), state.snapshot());
    }

    /// Sets a state to what a file holds, so that training goes on as if it had never stopped.
    public static void restore(Path file, TrainingState state) {
        Content content = load(file);
        state.restore(content.parameters(), content.step());
    }

    /// Writes parameters alone.
    public static void save(Path file, long step, Parameters parameters) {
        Path aside = file.resolveSibling(file.getFileName() + ".part");
        try (FileChannel channel =
                FileChannel.open(
                        aside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            var sum = new CheckedOutputStream(Channels.newOutputStream(channel), new CRC32C());
            var out = new DataOutputStream(new BufferedOutputStream(sum, 1 << 16));
            out.writeLong(MAGIC);
            out.writeLong(step);
            out.writeInt(parameters.arrays().size());
            for (Map.Entry<String, Parameters.Array> entry : parameters.arrays().entrySet()) {
                write(out, entry.getKey(), entry.getValue());
            }
            out.flush();
            out.writeLong(sum.getChecksum().getValue());
            out.flush();
            channel.force(true);
            Files.move(
                    aside,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write checkpoint " + file, e);
        }
    }

    /// Reads a file.
    ///
    /// @throws Failure.Corrupt if it is not a whole checkpoint
    public static Content load(Path file) {
        try (var raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            var sum = new CheckedInputStream(raw, new CRC32C());
            var in = new DataInputStream(sum);
            if (in.readLong() != MAGIC) {
                throw new Failure.Corrupt("CHECKPOINT_UNREADABLE", file + " is not a checkpoint");
            }
            long step = in.readLong();
            int count = in.readInt();
            Map<String, Parameters.Array> arrays = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                String name = in.readUTF();
                arrays.put(name, read(in));
            }
            long expected = sum.getChecksum().getValue();
            if (in.readLong() != expected) {
                throw new Failure.Corrupt(
                        "CHECKPOINT_ALTERED",
                        file + " does not have the checksum it was written with");
            }
            return new Content(step, new Parameters(arrays));
        } catch (IOException
                | IllegalArgumentException
                | ArithmeticException
                | NegativeArraySizeException e) {
            throw new Failure.Corrupt(
                    "CHECKPOINT_UNREADABLE", "cannot read checkpoint " + file + ": " + e, e);
        }
    }

    private static void write(DataOutputStream out, String name, Parameters.Array array)
            throws IOException {
        out.writeUTF(name);
        out.writeInt(array.shape().length);
        for (long dimension : array.shape()) {
            out.writeLong(dimension);
        }
        ByteBuffer bytes = ByteBuffer.allocate(array.elements().length * Float.BYTES);
        bytes.asFloatBuffer().put(array.elements());
        out.write(bytes.array());
    }

    private static Parameters.Array read(DataInputStream in) throws IOException {
        int rank = in.readInt();
        if (rank < 0 || rank > 16) {
            throw new IOException("rank " + rank + " is not in [0, 16]");
        }
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = in.readLong();
        }
        float[] elements = new float[Math.toIntExact(Shapes.count(shape))];
        byte[] bytes = in.readNBytes(Math.multiplyExact(elements.length, Float.BYTES));
        if (bytes.length != elements.length * Float.BYTES) {
            throw new IOException("the file ends inside an array");
        }
        ByteBuffer.wrap(bytes).asFloatBuffer().get(elements);
        return new Parameters.Array(shape, elements);
    }
}
