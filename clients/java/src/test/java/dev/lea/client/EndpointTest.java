package dev.lea.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @ValueSource(strings = {"localhost:1", "10.0.0.1:65535", "[::1]:50051", "env.lea.svc:443"})
    void parse_ofItsOwnText_isTheSame(String text) {
        assertThat(Endpoint.parse(text)).hasToString(text);
    }

    @Test
    void parse_addressInBrackets_isTakenOut() {
        assertThat(Endpoint.parse("[::1]:7")).isEqualTo(new Endpoint("::1", 7));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "localhost:",
                ":80",
                "a:0",
                "a:65536",
                "a:b",
                "::1",
                "a b:1",
                "http://a:1"
            })
    void parse_anythingElse_isRefusedByName(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
