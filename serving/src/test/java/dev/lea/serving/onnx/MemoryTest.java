package dev.lea.serving.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {
    @TempDir Path folder;

    @Test
    void require_moreThanAnyMachineHas_isRefusedWithBothFigures() {
        assumeTrue(
                Files.exists(Path.of("/proc/meminfo")),
                "this system does not tell its free memory");
        assertThatThrownBy(() -> Memory.require("the model", 1L << 50, Device.CPU))
                .isInstanceOfSatisfying(
                        Failure.Conflict.class,
                        e -> {
                            assertThat(e.reason()).isEqualTo("MEMORY_TOO_SMALL");
                            assertThat(e).hasMessageContaining("the model needs about");
                            assertThat(Long.parseLong(e.metadata().get("needed_bytes")))
                                    .isGreaterThan(1L << 50);
                            assertThat(Long.parseLong(e.metadata().get("free_bytes"))).isPositive();
                        });
    }

    @Test
    void require_smallModel_isFine() {
        assertThatCode(() -> Memory.require("the model", 1 << 10, Device.CPU))
                .doesNotThrowAnyException();
    }

    @Test
    void container_limitAndUse_givesWhatIsLeftWithCachesCountedAsFree() throws IOException {
        write("memory.max", "1000000");
        write("memory.current", "700000");
        write("memory.stat", "anon 5\ninactive_file 200000\nactive_file 7");
        assertThat(Memory.container(folder)).isEqualTo(500_000);
        write("memory.max", "max");
        assertThat(Memory.container(folder)).isEqualTo(Long.MAX_VALUE);
        assertThat(Memory.container(folder.resolve("absent"))).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void machine_meminfo_isReadInBytes() throws IOException {
        write("meminfo", "MemTotal:       16000 kB\nMemAvailable:    8000 kB\n");
        assertThat(Memory.machine(folder.resolve("meminfo"))).isEqualTo(8000L << 10);
        write("meminfo", "nothing");
        assertThat(Memory.machine(folder.resolve("meminfo"))).isEqualTo(Long.MAX_VALUE);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
