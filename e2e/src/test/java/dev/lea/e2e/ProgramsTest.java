package dev.lea.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.client.HealthClient;
import dev.lea.client.LeaChannel;
import dev.lea.e2e.ProgramProcess.Kind;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What all three programs do alike at their start and end.
@Timeout(120)
class ProgramsTest {
    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource
    void program_thatServes_answersHealthAndEndsWithZeroWhenTold(Kind kind) throws Exception {
        try (var program = ProgramProcess.start(kind, folder, "--port=0", dataDir())) {
            try (var channel = LeaChannel.open(program.endpoint())) {
                assertThat(new HealthClient(channel).isReachable()).isTrue();
            }
            assertThat(program.terminate()).as(program.log()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void program_whosePortIsInUse_saysSoAndEndsWithTwo(Kind kind) throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var program =
                        ProgramProcess.start(
                                kind, folder, "--port=" + taken.getLocalPort(), dataDir())) {
            assertThat(program.exitCode()).isEqualTo(2);
            assertThat(program.log())
                    .contains("127.0.0.1:" + taken.getLocalPort())
                    .contains("in use")
                    .doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void program_beyondLoopbackInPlaintext_refusesToStart(Kind kind) throws Exception {
        try (var program =
                ProgramProcess.start(kind, folder, "--port=0", "--host=0.0.0.0", dataDir())) {
            assertThat(program.exitCode()).isEqualTo(2);
            assertThat(program.log())
                    .contains("0.0.0.0", "tls-certificate", "insecure")
                    .doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void program_beyondLoopbackInPlaintextToldSo_serves(Kind kind) throws Exception {
        try (var program =
                        ProgramProcess.start(
                                kind,
                                folder,
                                "--port=0",
                                "--host=0.0.0.0",
                                "--insecure",
                                dataDir());
                var channel = LeaChannel.open(program.endpoint())) {
            assertThat(new HealthClient(channel).isReachable()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void program_whoseDataFolderIsAFile_saysSoAndEndsWithTwo(Kind kind) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        try (var program = ProgramProcess.start(kind, folder, "--port=0", "--data-dir=" + file)) {
            assertThat(program.exitCode()).isEqualTo(2);
            assertThat(program.log()).contains(file.toString()).doesNotContain("\tat ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void program_toldNonsense_namesAllOfIt(Kind kind) throws Exception {
        try (var program =
                ProgramProcess.start(kind, folder, "--port=70000", "--data-dri=x", "loose")) {
            assertThat(program.exitCode()).isEqualTo(2);
            assertThat(program.log())
                    .contains("port must be a whole number in [0, 65535] but is '70000'")
                    .contains("data-dri")
                    .contains("'loose'");
        }
    }

    @ParameterizedTest
    @EnumSource
    void program_toldToLogJson_writesNothingElse(Kind kind) throws Exception {
        try (var program =
                ProgramProcess.start(kind, folder, "--port=0", "--log-format=json", dataDir())) {
            program.endpoint();
            assertThat(program.terminate()).isZero();
            assertJson(program.log());
        }
        try (var program =
                ProgramProcess.start(kind, folder, "--port=x", "--log-format=json", dataDir())) {
            assertThat(program.exitCode()).isEqualTo(2);
            assertJson(program.log());
            assertThat(program.log()).contains("port must be a whole number");
        }
    }

    private static void assertJson(String log) throws Exception {
        var json = new ObjectMapper();
        for (String line : log.lines().toList()) {
            assertThat(json.readTree(line).has("formattedMessage")).as(line).isTrue();
        }
    }

    private String dataDir() {
        return "--data-dir=" + folder.resolve("data");
    }
}
