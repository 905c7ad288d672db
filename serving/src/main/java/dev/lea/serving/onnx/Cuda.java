package dev.lea.serving.onnx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The CUDA provider: whether it starts, how a session uses it, and the GPU's free memory.
public final class Cuda {
    private static final int GPU = 0;

    private Cuda() {}

    private static final class Holder {
        static final Optional<String> PROBLEM = probe();
    }

    /// Why CUDA cannot be used here; empty where it can. The answer is found once, by building a session: ONNX
    /// Runtime lists the provider even where its libraries cannot be loaded.
    public static Optional<String> problem() {
        return Holder.PROBLEM;
    }

    private static Optional<String> probe() {
        if (OnnxEnvironment.availableProviders().stream().noneMatch(OrtProvider.CUDA::equals)) {
            return Optional.of(
                    "this build has ONNX Runtime for the CPU alone; ./lea build --gpu makes one for CUDA");
        }
        try (var settings = new OrtSession.SessionOptions()) {
            place(settings);
            OnnxEnvironment.environment().createSession(identity(), settings).close();
            return Optional.empty();
        } catch (OrtException e) {
            return Optional.of(reason(e.getMessage()));
        }
    }

    /// What a person needs of ONNX Runtime's message: mostly the library that is missing.
    static String reason(String message) {
        String library = message.replaceFirst("(?s)^.*with error: ", "");
        return library.equals(message)
                ? message
                : "its libraries (CUDA 12 with cuBLAS, cuRAND, cuFFT and cuDNN 9) cannot be loaded: "
                        + library.strip();
    }

    /// Makes a session run on the GPU. Memory grows by what is asked for, not by powers of two.
    static void place(OrtSession.SessionOptions settings) throws OrtException {
        try (var options = new OrtCUDAProviderOptions(GPU)) {
            options.add("arena_extend_strategy", "kSameAsRequested");
            settings.addCUDA(options);
        }
    }

    /// Free memory of the GPU, bytes; empty where the CUDA runtime cannot be asked.
    static OptionalLong freeBytes() {
        try (Arena arena = Arena.ofConfined()) {
            var runtime = SymbolLookup.libraryLookup("libcudart.so.12", arena);
            var memory =
                    Linker.nativeLinker()
                            .downcallHandle(
                                    runtime.find("cudaMemGetInfo").orElseThrow(),
                                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
            MemorySegment free = arena.allocate(JAVA_LONG);
            MemorySegment total = arena.allocate(JAVA_LONG);
            int status = (int) memory.invokeExact(free, total);
            return status == 0 ? OptionalLong.of(free.get(JAVA_LONG, 0)) : OptionalLong.empty();
        } catch (Throwable e) { // invokeExact declares it; no runtime, no answer
            return OptionalLong.empty();
        }
    }

    /// The smallest graph there is: y = x.
    private static byte[] identity() {
        return new GraphBuilder()
                .input("x", ElementType.FLOAT, 1)
                .output("y", ElementType.FLOAT, 1)
                .node("Identity", List.of("x"), List.of("y"))
                .build();
    }
}
