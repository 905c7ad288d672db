package dev.lea.serving.onnx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where graphs run.
public enum Device {
    CPU,

    /// The first NVIDIA GPU. Needs a build with ONNX Runtime for CUDA (`./lea build --gpu`) and the libraries of CUDA 12.
    CUDA;

    private static final Logger log = LoggerFactory.getLogger(Device.class);

    /// By its name in settings, in lower case.
    public static Device of(String name) {
        return valueOf(name.toUpperCase(java.util.Locale.ROOT));
    }

    /// This device, or the CPU where it cannot be used, which is said in the log with the reason.
    public Device orCpu() {
        if (this == CPU) {
            return this;
        }
        return Cuda.problem()
                .map(problem -> {
                    log.warn("device cuda cannot be used, the CPU is used instead: {}", problem);
                    return CPU;
                })
                .orElse(this);
    }
}
