package dev.lea.trainer.llm;

import dev.lea.serving.Failure;
import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/// Turns the weights of a checkpoint into `weights.bin`, a strip of a matrix at a time.
///
/// Checkpoints hold a matrix as [out, in]. Dense ones are turned to [in, out], which is how they are multiplied;
/// blocks run along `in`, so those stay as they are.
final class WeightWriter {
    private static final int STRIP = 4 << 20; // elements in memory at a time, at least a row
    private static final float LARGEST_HALF = 65_504;

    private final Precision precision;
    private final int blockSize;
    private final WeightFile file;
    private final Progress progress;
    private final long total;
    private long done;
    private double worst;

    private WeightWriter(
            Precision precision, int blockSize, WeightFile file, Progress progress, long total) {
        this.precision = precision;
        this.blockSize = blockSize;
        this.file = file;
        this.progress = progress;
        this.total = total;
    }

    /// What was written.
    ///
    /// @param worst largest relative rounding error of a matrix, 0 where nothing was rounded to whole numbers
    record Written(Map<String, StoredTensor> tensors, double worst) {}

    /// @param source of each weight by its name in the outline; matrices transposed
    static Written write(
            Path path,
            Map<String, Outline.Weight> outline,
            Function<String, TensorSource> source,
            Precision precision,
            int blockSize,
            Progress progress)
            throws IOException {
        long total = outline.values().stream().mapToLong(Outline.Weight::elements).sum();
        try (WeightFile file = WeightFile.create(path)) {
            var writer = new WeightWriter(precision, blockSize, file, progress, total);
            for (Map.Entry<String, Outline.Weight> entry : outline.entrySet()) {
                writer.write(entry.getKey(), entry.getValue(), source.apply(entry.getKey()));
            }
            return new Written(file.finish(), writer.worst);
        }
    }

    /// Bytes that the weights will have, but for padding.
    static long bytes(Map<String, Outline.Weight> outline, Precision precision, int blockSize) {
        return outline.values().stream()
                .mapToLong(weight -> {
                    if (weight.role() == Outline.Role.VECTOR) {
                        return weight.elements() * Float.BYTES;
                    }
                    double each = precision.bits() / (double) Byte.SIZE;
                    if (precision.inBlocks()) {
                        each += (Float.BYTES + each) / blockSize;
                    }
                    return (long) Math.ceil(weight.elements() * each);
                })
                .sum();
    }

    private void write(String name, Outline.Weight weight, TensorSource source) throws IOException {
        switch (weight.role()) {
            case VECTOR -> rows(name, ElementType.FLOAT, weight, source);
            case TABLE -> {
                if (precision.inBlocks() && weight.columns() % blockSize == 0) {
                    inBlocks(name, weight.columns(), weight.rows(), Precision.INT8.bits(), source);
                } else {
                    rows(name, dense(), weight, source);
                }
            }
            case MATRIX -> {
                if (precision.inBlocks()) {
                    inBlocks(name, weight.rows(), weight.columns(), bits(name), source);
                } else {
                    transposed(name, dense(), weight, source);
                }
            }
        }
    }

    private int bits(String name) {
        return name.equals(Llama.HEAD) ? Precision.INT8.bits() : precision.bits();
    }

    private ElementType dense() {
        return precision == Precision.FP32 ? ElementType.FLOAT : ElementType.FLOAT16;
    }

    private void rows(String name, ElementType type, Outline.Weight weight, TensorSource source)
            throws IOException {
        if (weight.role() == Outline.Role.VECTOR) {
            file.begin(name, type, weight.columns());
        } else {
            file.begin(name, type, weight.rows(), weight.columns());
        }
        long left = weight.elements();
        float[] strip = new float[(int) Math.min(STRIP, left)];
        for (long from = 0; from < weight.elements(); from += strip.length) {
            int count = (int) Math.min(strip.length, weight.elements() - from);
            source.read(from, strip, count);
            put(name, type, strip, count);
            advance(name, count);
        }
    }

    /// Strips of columns of the source become rows.
    private void transposed(
            String name, ElementType type, Outline.Weight weight, TensorSource source)
            throws IOException {
        int in = Math.toIntExact(weight.rows());
        int out = Math.toIntExact(weight.columns());
        file.begin(name, type, (long) in, (long) out);
        int width = Math.clamp(STRIP / out, 1, in);
        float[] strip = new float[width * out];
        float[] piece = new float[width];
        for (int from = 0; from < in; from += width) {
            int count = Math.min(width, in - from);
            for (int o = 0; o < out; o++) {
                source.read((long) o * in + from, piece, count);
                for (int i = 0; i < count; i++) {
                    strip[i * out + o] = piece[i];
                }
            }
            put(name, type, strip, count * out);
            advance(name, (long) count * out);
        }
    }

    private void inBlocks(String name, long in, long out, int bits, TensorSource source)
            throws IOException {
        var quantizer = new BlockQuantizer(bits, blockSize);
        int blocks = Math.toIntExact(Math.ceilDiv(in, blockSize));
        int rows = Math.toIntExact(out);
        float[] row = new float[Math.toIntExact(in)];
        byte[] numbers = new byte[blocks * quantizer.blockBytes()];
        float[] scalesOfRow = new float[blocks];
        byte[] zerosOfRow = new byte[quantizer.zeroBytes(blocks)];
        float[] scales = new float[Math.multiplyExact(rows, blocks)];
        byte[] zeros = new byte[rows * zerosOfRow.length];
        file.begin(
                name + StoredWeights.NUMBERS,
                ElementType.UINT8,
                out,
                (long) blocks,
                (long) quantizer.blockBytes());
        for (int r = 0; r < rows; r++) {
            source.read(r * in, row, row.length);
            quantizer.round(row, row.length, numbers, scalesOfRow, zerosOfRow);
            file.putBytes(numbers);
            System.arraycopy(scalesOfRow, 0, scales, r * blocks, blocks);
            System.arraycopy(zerosOfRow, 0, zeros, r * zerosOfRow.length, zerosOfRow.length);
            advance(name, in);
        }
        file.begin(name + StoredWeights.SCALES, ElementType.FLOAT, out, (long) blocks);
        file.putFloats(scales, scales.length);
        file.begin(name + StoredWeights.ZEROS, ElementType.UINT8, out, (long) zerosOfRow.length);
        file.putBytes(zeros);
        worst = Math.max(worst, quantizer.relativeError());
    }

    private void put(String name, ElementType type, float[] elements, int count)
            throws IOException {
        if (type == ElementType.FLOAT) {
            file.putFloats(elements, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            if (Math.abs(elements[i]) > LARGEST_HALF) {
                throw new Failure.Conflict(
                        "LLM_PRECISION_TOO_NARROW",
                        "weight %s holds %s but fp16 reaches only %s; import in fp32 or int8"
                                .formatted(name, elements[i], LARGEST_HALF),
                        Map.of("tensor", name));
            }
        }
        file.putHalves(elements, count);
    }

    private void advance(String name, long elements) {
        done += elements;
        progress.at(done, total, name);
    }
}
