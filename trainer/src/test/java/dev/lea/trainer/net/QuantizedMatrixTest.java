package dev.lea.trainer.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lea.serving.onnx.ElementType;
import dev.lea.serving.onnx.OnnxModel;
import dev.lea.serving.onnx.OnnxOptions;
import dev.lea.serving.onnx.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against plain arithmetic over the packed numbers.
class QuantizedMatrixTest {
    private static final int OUT = 6;
    private static final int ROWS = 5;
    private static final String FILE = "w.bin";

    @TempDir Path folder;

    private final SplittableRandom random = new SplittableRandom(1);
    private long written;

    @ParameterizedTest
    @CsvSource({"4, 16, 32", "4, 16, 48", "4, 16, 40", "8, 16, 32", "8, 32, 40", "4, 32, 32"})
    void multiply_andItsGradient_areThoseOfTheWidenedMatrix(int bits, int blockSize, int in)
            throws IOException {
        int blocks = (int) QuantizedMatrix.blocks(in, blockSize);
        byte[] numbers = bytes(OUT * blocks * blockSize * bits / 8);
        byte[] zeros = bytes(OUT * Math.ceilDiv(blocks * bits, 8));
        float[] scales = floats(OUT * blocks);
        double[][] expected = new double[OUT][in];
        for (int o = 0; o < OUT; o++) {
            for (int i = 0; i < in; i++) {
                int block = i / blockSize;
                int q = number(numbers, bits, o * blocks * blockSize + i);
                int zero =
                        bits == 8
                                ? zeros[o * blocks + block] & 255
                                : number(zeros, 4, o * 2 * Math.ceilDiv(blocks, 2) + block);
                expected[o][i] = scales[o * blocks + block] * (double) (q - zero);
            }
        }
        Graph graph = new Graph();
        QuantizedMatrix matrix =
                new QuantizedMatrix(
                        stored(graph, "n", numbers, OUT, blocks, blockSize * bits / 8),
                        stored(graph, "s", scales, OUT, blocks),
                        stored(graph, "z", zeros, OUT, zeros.length / OUT),
                        bits,
                        blockSize,
                        in,
                        OUT);
        Value x = graph.parameter("x", 1, ROWS, in);
        Value weight = graph.input("weight", ElementType.FLOAT, 1, ROWS, OUT);
        Value product = matrix.multiply(x);
        Value loss = product.multiply(weight).sum();
        Value gradient = Gradients.of(loss, List.of(x)).get(x);
        float[] rows = floats(ROWS * in);
        float[] weights = floats(ROWS * OUT);
        List<Value> wanted =
                List.of(graph.named("product", product), graph.named("gradient", gradient));
        var options =
                OnnxOptions.TRAINING.withWeights(
                        new OnnxOptions.Weights(Optional.of(folder), true));
        try (OnnxModel model = OnnxModel.load(OnnxWriter.training(graph, wanted), options);
                Tensor xs = Tensor.of(rows, 1, ROWS, in);
                Tensor ws = Tensor.of(weights, 1, ROWS, OUT);
                var out =
                        model.run(Map.of("x", xs, "weight", ws), List.of("product", "gradient"))) {
            float[] products = out.floats("product");
            float[] gradients = out.floats("gradient");
            for (int r = 0; r < ROWS; r++) {
                for (int o = 0; o < OUT; o++) {
                    double sum = 0;
                    for (int i = 0; i < in; i++) {
                        sum += rows[r * in + i] * expected[o][i];
                    }
                    assertThat((double) products[r * OUT + o]).isCloseTo(sum, within(1e-2));
                }
                for (int i = 0; i < in; i++) {
                    double sum = 0;
                    for (int o = 0; o < OUT; o++) {
                        sum += weights[r * OUT + o] * expected[o][i];
                    }
                    assertThat((double) gradients[r * in + i]).isCloseTo(sum, within(1e-2));
                }
            }
        }
    }

    @Test
    void bits_otherThanFourOrEight_areRefused() {
        assertThatThrownBy(() -> new QuantizedMatrix(null, null, null, 5, 32, 32, 1))
                .hasMessage("bits must be 4 or 8 but are 5");
    }

    private static int number(byte[] packed, int bits, int index) {
        return bits == 8 ? packed[index] & 255 : packed[index / 2] >> (index % 2 == 0 ? 0 : 4) & 15;
    }

    private Value stored(Graph graph, String name, Object elements, long... shape)
            throws IOException {
        ByteBuffer bytes;
        if (elements instanceof byte[] raw) {
            bytes = ByteBuffer.wrap(raw);
        } else {
            float[] floats = (float[]) elements;
            bytes = ByteBuffer.allocate(4 * floats.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(floats);
        }
        Path file = folder.resolve(FILE);
        byte[] before = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        var all = ByteBuffer.allocate(before.length + bytes.capacity()).put(before).put(bytes);
        Files.write(file, all.array());
        var region = new Graph.FileRegion(FILE, written, bytes.capacity());
        written += bytes.capacity();
        return graph.constant(
                name,
                elements instanceof byte[] ? ElementType.UINT8 : ElementType.FLOAT,
                region,
                shape);
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private float[] floats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }
}
