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
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
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
    private static final int PART = 1 << 18;

    /// What a file holds.
    ///
    /// @param step updates done
    public record Content(long step, Parameters parameters) {}

    private Checkpoint() {}

    /// Writes a state with its moments.
    public static void save(Path file, TrainingState state) {
        save(file, state.step(), state.stored());
    }

    /// Sets a state to what a file holds, so that training goes on as if it had never stopped.
    public static void restore(Path file, TrainingState state) {
        Map<String, StoredArray> stored = state.stored();
        Set<String> missing = new HashSet<>(stored.keySet());
        state.restored(
                read(
                        file,
                        (name, shape, in) -> {
                            StoredArray array = stored.get(name);
                            if (array == null || !Arrays.equals(array.shape(), shape)) {
                                throw new IOException(
                                        name
                                                + Arrays.toString(shape)
                                                + " has no place in this network");
                            }
                            missing.remove(name);
                            read(in, array);
                        }));
        if (!missing.isEmpty()) {
            throw new Failure.Corrupt(
                    "CHECKPOINT_UNREADABLE", "checkpoint " + file + " has no " + missing);
        }
    }

    /// Writes parameters alone.
    public static void save(Path file, long step, Parameters parameters) {
        Map<String, StoredArray> arrays = new LinkedHashMap<>();
        parameters
                .arrays()
                .forEach((name, array) ->
                        arrays.put(name, StoredArray.of(array.elements(), array.shape())));
        save(file, step, arrays);
    }

    private static void save(Path file, long step, Map<String, StoredArray> arrays) {
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
            out.writeInt(arrays.size());
            for (Map.Entry<String, StoredArray> entry : arrays.entrySet()) {
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
        Map<String, Parameters.Array> arrays = new LinkedHashMap<>();
        long step =
                read(
                        file,
                        (name, shape, in) -> {
                            float[] elements = new float[Math.toIntExact(Shapes.count(shape))];
                            read(in, StoredArray.of(elements, shape));
                            arrays.put(name, new Parameters.Array(shape, elements));
                        });
        return new Content(step, new Parameters(arrays));
    }

    /// Takes an array whose elements come next.
    private interface Taker {
        void take(String name, long[] shape, DataInputStream in) throws IOException;
    }

    private static long read(Path file, Taker taker) {
        try (var raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            var sum = new CheckedInputStream(raw, new CRC32C());
            var in = new DataInputStream(sum);
            if (in.readLong() != MAGIC) {
                throw new Failure.Corrupt("CHECKPOINT_UNREADABLE", file + " is not a checkpoint");
            }
            long step = in.readLong();
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                String name = in.readUTF();
                taker.take(name, shape(in), in);
            }
            long expected = sum.getChecksum().getValue();
            if (in.readLong() != expected) {
                throw new Failure.Corrupt(
                        "CHECKPOINT_ALTERED",
                        file + " does not have the checksum it was written with");
            }
            return step;
        } catch (IOException
                | IllegalArgumentException
                | ArithmeticException
                | NegativeArraySizeException e) {
            throw new Failure.Corrupt(
                    "CHECKPOINT_UNREADABLE", "cannot read checkpoint " + file + ": " + e, e);
        }
    }

    private static void write(DataOutputStream out, String name, StoredArray array)
            throws IOException {
        out.writeUTF(name);
        out.writeInt(array.shape().length);
        for (long dimension : array.shape()) {
            out.writeLong(dimension);
        }
        long count = Shapes.count(array.shape());
        ByteBuffer bytes = ByteBuffer.allocate(part(count) * Float.BYTES);
        for (long from = 0; from < count; from += PART) {
            float[] part = new float[part(count - from)];
            array.read(from, part);
            bytes.asFloatBuffer().put(part);
            out.write(bytes.array(), 0, part.length * Float.BYTES);
        }
    }

    private static long[] shape(DataInputStream in) throws IOException {
        int rank = in.readInt();
        if (rank < 0 || rank > 16) {
            throw new IOException("rank " + rank + " is not in [0, 16]");
        }
        long[] shape = new long[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = in.readLong();
        }
        return shape;
    }

    private static void read(DataInputStream in, StoredArray array) throws IOException {
        long count = Shapes.count(array.shape());
        for (long from = 0; from < count; from += PART) {
            float[] part = new float[part(count - from)];
            byte[] bytes = in.readNBytes(part.length * Float.BYTES);
            if (bytes.length != part.length * Float.BYTES) {
                throw new IOException("the file ends inside an array");
            }
            ByteBuffer.wrap(bytes).asFloatBuffer().get(part);
            array.write(from, part);
        }
    }

    private static int part(long left) {
        return (int) Math.min(PART, left);
    }
}
