package dev.lea.serving.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import java.util.EnumSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The process's one ONNX Runtime environment.
///
/// It is made on a thread with a deep stack: on Linux the library matches the process's command line by a
/// recursive regular expression while it starts, and a long class path there overflows an ordinary thread's
/// stack, which ends the process without a message.
final class OnnxEnvironment {
    private static final long STACK_BYTES = 256L << 20;

    private OnnxEnvironment() {}

    private static final class Holder {
        static final OrtEnvironment ENVIRONMENT = onDeepStack();
    }

    static OrtEnvironment environment() {
        return Holder.ENVIRONMENT;
    }

    static EnumSet<OrtProvider> availableProviders() {
        environment(); // the library is loaded on the deep stack
        return OrtEnvironment.getAvailableProviders();
    }

    private static OrtEnvironment onDeepStack() {
        var start = new FutureTask<>(OrtEnvironment::getEnvironment);
        Thread.ofPlatform().name("onnx-start").stackSize(STACK_BYTES).start(start);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return start.get();
                } catch (InterruptedException e) {
                    interrupted = true; // half a start cannot be undone
                } catch (ExecutionException e) {
                    throw new IllegalStateException("ONNX Runtime does not start", e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
