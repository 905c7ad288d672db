package dev.lea.trainer.llm;

import dev.lea.serving.onnx.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes `weights.bin`, one tensor after the other, and remembers where each is.
final class WeightFile implements AutoCloseable {
    private static final int BUFFER = 1 << 20;
    private static final long PAGE = 4096; // what can be mapped by itself
    private static final long LINE = 64;

    private final FileChannel channel;
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    private final Map<String, StoredTensor> tensors = new TreeMap<>();
    private long position;
    private long end;

    private WeightFile(FileChannel channel) {
        this.channel = channel;
    }

    static WeightFile create(Path file) throws IOException {
        return new WeightFile(
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    /// Begins a tensor; the one before must be complete.
    void begin(String name, ElementType type, Long... shape) throws IOException {
        complete();
        var tensor = new StoredTensor(type, List.of(shape), 0);
        long alignment = tensor.bytes() >= PAGE ? PAGE : LINE;
        while (position % alignment != 0) {
            put((byte) 0);
        }
        tensors.put(name, new StoredTensor(type, List.of(shape), position));
        end = position + tensor.bytes();
    }

    void putFloats(float[] elements, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            room(Float.BYTES).putFloat(elements[i]);
        }
    }

    void putHalves(float[] elements, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            room(Short.BYTES).putShort(Float.floatToFloat16(elements[i]));
        }
    }

    void putBytes(byte[] elements) throws IOException {
        for (byte element : elements) {
            put(element);
        }
    }

    private void put(byte element) throws IOException {
        room(Byte.BYTES).put(element);
    }

    private ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        position += bytes;
        return buffer;
    }

    private void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    /// Where each tensor is.
    Map<String, StoredTensor> finish() throws IOException {
        complete();
        flush();
        return tensors;
    }

    private void complete() {
        if (position != end) {
            throw new IllegalStateException(
                    "a tensor ends at " + end + " but was written up to " + position);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
