package dev.lea.serving.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {
    private static final Setting<String> HOST = Setting.text("host", "127.0.0.1", "Address.");
    private static final Setting<Integer> PORT = Setting.integer("port", 7070, 0, 65_535, "Port.");
    private static final Setting<Path> DATA = Setting.path("data-dir", null, "Folder.");
    private static final Setting<Optional<Path>> PORT_FILE =
            Setting.optionalPath("port-file", "File.");
    private static final Setting<Boolean> VERBOSE = Setting.flag("verbose", false, "Talk.");
    private static final Setting<Double> RATE = Setting.decimal("rate", 0.5, 0, 1, "Rate.");
    private static final Setting<Long> LIMIT =
            Setting.bytes("limit", 16L << 20, 1 << 10, 1L << 30, "Limit.");
    private static final Setting<Duration> GRACE =
            Setting.duration(
                    "grace", Duration.ofSeconds(10), Duration.ZERO, Duration.ofHours(1), "Grace.");
    private static final Setting<String> DEVICE =
            Setting.choice("device", "cpu", List.of("cpu", "cuda"), "Device.");

    private static final Setting<String> TOKEN = Setting.secret("token", "Token.");

    private static final Program<Configuration> PROGRAM =
            new Program<>(
                    "agent-server",
                    "Hosts the policy.",
                    List.of(
                            HOST, PORT, DATA, PORT_FILE, VERBOSE, RATE, LIMIT, GRACE, DEVICE,
                            TOKEN),
                    configuration -> {
                        String host = configuration.part(() -> host(configuration));
                        if ("127.0.0.1".equals(host) && configuration.get(PORT) == 1) {
                            throw new IllegalArgumentException("port 1 is taken");
                        }
                        return configuration;
                    });

    private static String host(Configuration configuration) {
        if (configuration.get(HOST).equals("bad")) {
            throw new IllegalArgumentException("host and port do not fit");
        }
        return configuration.get(HOST);
    }

    private final List<Configuration> runs = new ArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void run_nothingButTheRequired_takesTheDefaults() {
        assertThat(run(Map.of(), "--data-dir", "d")).isZero();

        var read = runs.getFirst();
        assertThat(read.get(HOST)).isEqualTo("127.0.0.1");
        assertThat(read.get(PORT)).isEqualTo(7070);
        assertThat(read.get(DATA)).isEqualTo(Path.of("d"));
        assertThat(read.get(PORT_FILE)).isEmpty();
        assertThat(read.get(VERBOSE)).isFalse();
        assertThat(read.get(RATE)).isEqualTo(0.5);
        assertThat(read.get(LIMIT)).isEqualTo(16 << 20);
        assertThat(read.get(GRACE)).isEqualTo(Duration.ofSeconds(10));
        assertThat(read.get(DEVICE)).isEqualTo("cpu");
        assertThat(read.lines()).contains("data-dir = d (--data-dir)", "limit = 16MiB (default)");
    }

    @Test
    void run_flagBeatsVariableBeatsFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("lea.properties");
        Files.writeString(file, "host = from-file\nport = 1\nrate = 0.25\ndata-dir = d\n");

        assertThat(
                        run(
                                Map.of("LEA_PORT", "2", "LEA_HOST", "from-variable"),
                                "--config=" + file,
                                "--port=3",
                                "--verbose",
                                "--port-file",
                                "p"))
                .isZero();

        var read = runs.getFirst();
        assertThat(read.get(PORT)).isEqualTo(3);
        assertThat(read.get(HOST)).isEqualTo("from-variable");
        assertThat(read.get(RATE)).isEqualTo(0.25);
        assertThat(read.get(VERBOSE)).isTrue();
        assertThat(read.get(PORT_FILE)).contains(Path.of("p"));
        assertThat(read.lines()).contains("host = from-variable (LEA_HOST)");
    }

    @Test
    void run_manyProblems_namesAllAtOnce(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("lea.properties");
        Files.writeString(file, "grace = 2h\nhots = x\n");

        int code =
                run(
                        Map.of("LEA_RATE", "NaN", "LEA_CONFIG", file.toString()),
                        "--port=65536",
                        "--potr",
                        "1",
                        "stray",
                        "--verbose=maybe",
                        "--limit=1TB",
                        "--device",
                        "gpu",
                        "--host",
                        " ");

        assertThat(code).isEqualTo(2);
        assertThat(runs).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactlyInAnyOrder(
                        "agent-server: unknown flag --potr; did you mean port?",
                        "agent-server: 'stray' is not a flag; flags start with --",
                        "agent-server: unknown setting hots in " + file + "; did you mean host?",
                        "agent-server: host must not be blank but is ' ' (--host)",
                        "agent-server: port must be a whole number in [0, 65535] but is '65536' (--port)",
                        "agent-server: --data-dir (or LEA_DATA_DIR) must be given: Folder.",
                        "agent-server: verbose must be true or false but is 'maybe' (--verbose)",
                        "agent-server: rate must be a number in [0.0, 1.0] but is 'NaN' (LEA_RATE)",
                        "agent-server: limit must be a size such as 512B, 4KiB, 16MiB or 1GiB in [1KiB, 1GiB] but is '1TB' (--limit)",
                        "agent-server: grace must be a time such as 500ms, 10s, 2m or 1h in [0s, 1h] but is '2h' ("
                                + file
                                + ")",
                        "agent-server: device must be one of cpu, cuda but is 'gpu' (--device)");
    }

    @Test
    void run_missingFile_namesIt() {
        assertThat(run(Map.of(), "--data-dir=d", "--config=/no/such.properties")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("/no/such.properties");
    }

    @Test
    void run_flagTwiceOrWithoutValue_isTold() {
        assertThat(run(Map.of(), "--data-dir=d", "--port=1", "--port=2", "--host")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "agent-server: --port is given twice",
                        "agent-server: --host needs a value");
    }

    @Test
    void run_settingsContradict_isTold() {
        assertThat(run(Map.of(), "--data-dir=d", "--host=bad")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualToIgnoringNewLines("agent-server: host and port do not fit");
    }

    @Test
    void run_aPartContradictsItself_isToldWithTheRest() {
        assertThat(run(Map.of("LEA_DAT_DIR", "d"), "--data-dir=d", "--host=bad", "--rate=2"))
                .isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "agent-server: unknown variable LEA_DAT_DIR; did you mean LEA_DATA_DIR?",
                        "agent-server: rate must be a number in [0.0, 1.0] but is '2' (--rate)",
                        "agent-server: host and port do not fit");
    }

    @Test
    void run_variablesOfOthers_areTheirs() {
        assertThat(
                        run(
                                Map.of(
                                        "LEA_PARENT", "1",
                                        "LEA_JAVA_OPTS", "-Xmx1g",
                                        "HOME", "/"),
                                "--data-dir=d"))
                .isZero();
    }

    @Test
    void run_secret_isReadButNotShown() {
        assertThat(run(Map.of("LEA_TOKEN", "hush"), "--data-dir=d")).isZero();
        assertThat(runs.getFirst().get(TOKEN)).isEqualTo("hush");
        assertThat(runs.getFirst().lines())
                .contains("token = *** (LEA_TOKEN)")
                .noneMatch(line -> line.contains("hush"));
    }

    @Test
    void run_help_printsEverySetting() {
        assertThat(run(Map.of(), "--help")).isZero();
        assertThat(runs).isEmpty();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("usage: agent-server")
                .contains("--data-dir PATH")
                .contains("Folder. Required.")
                .contains("Port. Default: 7070.");
    }

    @Test
    void run_bodyThrows_isOne() {
        var streams = new PrintStream(err, true, StandardCharsets.UTF_8);
        int code =
                PROGRAM.run(
                        List.of("--data-dir=d"),
                        Map.of(),
                        streams,
                        streams,
                        _ -> {
                            throw new IllegalStateException("boom");
                        });
        assertThat(code).isEqualTo(1);
    }

    private int run(Map<String, String> environment, String... arguments) {
        return PROGRAM.run(
                List.of(arguments),
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                runs::add);
    }
}
