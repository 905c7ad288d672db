package dev.lea.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.StartFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RpcFlagsTest {
    private static final RpcFlags FLAGS = RpcFlags.of(7072, Duration.ofSeconds(3));

    @Test
    void read_nothing_isPlaintextOnLoopback() {
        RpcSettings settings = read();

        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isEqualTo(7072);
        assertThat(settings.grace()).isEqualTo(Duration.ofSeconds(3));
        assertThat(settings.tls().enabled()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
    void read_loopbackInPlaintext_isTaken(String host) {
        assertThat(read("--host", host).host()).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.7"})
    void read_beyondLoopbackInPlaintext_isRefusedUnlessToldSo(String host) {
        assertThatThrownBy(() -> read("--host", host))
                .isInstanceOf(StartFailure.class)
                .hasMessageContainingAll(host, "tls-certificate", "tls-key", "insecure");
        assertThat(read("--host", host, "--insecure").tls().insecure()).isTrue();
        assertThat(read("--host", host, "--tls-certificate", "c.pem", "--tls-key", "k.pem").tls())
                .satisfies(tls -> {
                    assertThat(tls.enabled()).isTrue();
                    assertThat(tls.certificate()).contains(Path.of("c.pem"));
                });
    }

    @ParameterizedTest
    @CsvSource({
        "--tls-certificate, tls-key",
        "--tls-key, tls-certificate",
        "--tls-client-ca, tls-certificate"
    })
    void read_halfOfWhatTlsNeeds_namesTheRest(String given, String needed) {
        assertThatThrownBy(() -> read(given, "file.pem"))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("needs " + needed);
    }

    @Test
    void read_writers_partsAtCommas() {
        assertThat(read("--tls-writers", " trainer, spiffe://lea/ops ,").tls().writers())
                .containsExactlyInAnyOrder("trainer", "spiffe://lea/ops");
    }

    private static RpcSettings read(String... arguments) {
        return Configuration.read(FLAGS.around(List.of()), List.of(arguments), Map.of())
                .make(FLAGS::read);
    }
}
