package dev.lea.serving.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CudaTest {
    private static final int WIDTH = 64;

    @Test
    void orCpu_isCudaExactlyWhereItStarts() {
        assertThat(Device.CUDA.orCpu())
                .isEqualTo(Cuda.problem().isEmpty() ? Device.CUDA : Device.CPU);
        assertThat(Device.CPU.orCpu()).isEqualTo(Device.CPU);
    }

    @Test
    void problem_isOneReadableSentence() {
        assumeTrue(Cuda.problem().isPresent(), "CUDA starts here");
        assertThat(Cuda.problem().get()).isNotBlank();
    }

    @Test
    void reason_libraryThatIsMissing_isNamedWithoutThePathsBefore() {
        assertThat(
                        Cuda.reason(
                                "Error code - ORT_FAIL - message: /src/a.cc:1988 Failed to load library"
                                        + " /tmp/b.so with error: libcublasLt.so.12: cannot open shared object file"))
                .endsWith("cannot be loaded: libcublasLt.so.12: cannot open shared object file");
        assertThat(Cuda.reason("no device")).isEqualTo("no device");
    }

    @Test
    void run_onTheGpu_givesTheCpusNumbers() {
        assumeTrue(Cuda.problem().isEmpty(), () -> "no CUDA: " + Cuda.problem().orElse(""));
        assertThat(Cuda.freeBytes()).isPresent();
        float[] expected = product(Device.CPU);
        float[] got = product(Device.CUDA);
        for (int i = 0; i < expected.length; i++) {
            assertThat(got[i]).isCloseTo(expected[i], within(1e-2f)); // TF32 rounds factors
        }
    }

    private static float[] product(Device device) {
        float[] x = new float[WIDTH * WIDTH];
        var random = new Random(7);
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextFloat() - 0.5f;
        }
        try (var model = OnnxModel.load(square(), OnnxOptions.SERVING.withDevice(device));
                Tensor input = Tensor.of(x, WIDTH, WIDTH);
                Outputs outputs = model.run(Map.of("x", input), List.of("y"))) {
            float[] y = new float[x.length];
            outputs.get("y").floats().get(y);
            return y;
        }
    }

    /// y = x x.
    private static byte[] square() {
        return new GraphBuilder()
                .input("x", ElementType.FLOAT, WIDTH, WIDTH)
                .output("y", ElementType.FLOAT, WIDTH, WIDTH)
                .node("MatMul", List.of("x", "x"), List.of("y"))
                .build();
    }
}
