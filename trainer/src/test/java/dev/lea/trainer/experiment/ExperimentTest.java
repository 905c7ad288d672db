package dev.lea.trainer.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lea.trainer.data.CounterRandom;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole experiments at tiny sizes, without an LE.
class ExperimentTest {
    private static final int ITEMS = 30;

    @TempDir Path folder;
    private Path out;

    /// What a run of the program said.
    private record Said(int code, String out, String err) {}

    @BeforeEach
    void writeData() throws IOException {
        out = folder.resolve("out");
        StringBuilder rows = new StringBuilder("user\titem\ttimestamp\n");
        for (int user = 0; user < 80; user++) {
            var random = CounterRandom.of(1, "experiment", user);
            int item = random.nextInt(ITEMS);
            for (int t = 0; t < 4 + user % 3; t++) {
                rows.append("u%d\ti%d\t%d%n".formatted(user, item, t));
                item = (3 * item + 1) % ITEMS;
            }
        }
        Path shop = Files.createDirectories(folder.resolve("shop"));
        Files.writeString(shop.resolve("interactions.tsv"), rows);
        Files.writeString(shop.resolve("items.tsv"), "item\ttitle\ni1\tred & <blue>\n");
    }

    private Said run(String... arguments) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("--data", folder.resolve("shop").toString());
        all.put("--out", out.toString());
        all.put("--encoders", "sasrec");
        all.put("--variants", "none");
        all.put(
                "--set",
                "agent.hidden=8,agent.history=4,agent.batch=64,agent.max_epochs=3,"
                        + "agent.warm_up_epochs=1,agent.learning_rate=0.02");
        for (int i = 0; i < arguments.length; i += 2) {
            all.put(arguments[i], arguments[i + 1]);
        }
        List<String> flat =
                all.entrySet().stream()
                        .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                        .toList();
        var stdout = new ByteArrayOutputStream();
        var stderr = new ByteArrayOutputStream();
        int code;
        try (var print = new PrintStream(stdout, true, StandardCharsets.UTF_8);
                var errors = new PrintStream(stderr, true, StandardCharsets.UTF_8)) {
            code =
                    ExperimentSettings.PROGRAM.run(
                            flat,
                            Map.of(),
                            print,
                            errors,
                            settings -> ExperimentCommand.run(settings, folder, 0, print));
        }
        return new Said(
                code,
                stdout.toString(StandardCharsets.UTF_8),
                stderr.toString(StandardCharsets.UTF_8));
    }

    @Test
    void run_trainsTheGrid_andAgainOnlyWhatIsNew() throws Exception {
        Said first = run("--algorithms", "supervised,snqn", "--seeds", "1,2");

        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out())
                .contains("shop: 80 users, 27 items")
                .contains("0 of 4 agents are on disk already")
                .contains("[4/4] SASRec")
                .containsPattern("(?m)^item-kNN .*")
                .containsPattern("(?m)^SASRec-SNQN +2 .* % on SASRec ");
        assertThat(Files.readAllLines(result("SASRec", 2))).hasSize(1);

        Said second = run("--algorithms", "supervised,snqn,sa2c", "--seeds", "1,2");

        assertThat(second.code()).as(second.err()).isZero();
        assertThat(second.out())
                .contains("4 of 6 agents are on disk already")
                .doesNotContain("SASRec, seed 1")
                .contains("[6/6] SASRec-SA2C, seed");
        assertThat(line(second.out(), "SASRec-SNQN ")).isEqualTo(line(first.out(), "SASRec-SNQN "));
        checkReport();
    }

    @Test
    void run_withAResultLost_trainsItAgainToTheSameFigures() throws IOException {
        Said first = run("--algorithms", "snqn", "--seeds", "1");
        byte[] ranks = Files.readAllBytes(result("SASRec-SNQN", 1).resolveSibling("ranks.bin"));
        Files.delete(result("SASRec-SNQN", 1));
        try (Stream<Path> training =
                Files.walk(result("SASRec-SNQN", 1).resolveSibling("training"))) {
            for (Path path : training.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }

        Said second = run("--algorithms", "snqn", "--seeds", "1");

        assertThat(second.out()).contains("0 of 1 agents are on disk");
        assertThat(Files.readAllBytes(result("SASRec-SNQN", 1).resolveSibling("ranks.bin")))
                .isEqualTo(ranks);
        assertThat(first.code()).isZero();
    }

    @Test
    void run_withOtherSettings_refusesWhatTheFolderHolds() {
        run("--algorithms", "supervised", "--seeds", "1");
        Said other = run("--algorithms", "supervised", "--seeds", "1", "--seed", "7");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("holds results of other settings or data");
    }

    @Test
    void run_leaveLastOut_predictsOneEventAUser() {
        Said said =
                run("--algorithms", "supervised", "--seeds", "3", "--protocol", "leave_last_out");
        assertThat(said.out()).contains("parted by leave_last_out");
        assertThat(result("SASRec", 3).resolveSibling("ranks.bin")).hasSize(80 * 4);
    }

    @Test
    void run_withWrongSettings_saysAllAtOnceAndTrainsNothing() {
        Said said = run("--algorithms", "magic", "--seeds", "1,x", "--vary", "agent.gamma");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err())
                .contains("algorithms must be of supervised, sqn, sac, snqn, sa2c but has 'magic'")
                .contains("seeds must be whole numbers but one is 'x'")
                .contains("vary must be name=value but has 'agent.gamma'");
        assertThat(out).doesNotExist();
    }

    @Test
    void run_withSettingsThatContradictEachOther_fitsNoEnvironment() {
        Said said =
                run(
                        "--algorithms",
                        "snqn",
                        "--variants",
                        "leasr",
                        "--set",
                        "lea.positive_actions=5,annotation.candidates=4");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err())
                .contains(
                        "lea.positive_actions must be at most annotation.candidates, 4, but is 5");
        assertThat(out).doesNotExist();
        Said few =
                run(
                        "--algorithms",
                        "snqn",
                        "--variants",
                        "leasr",
                        "--set",
                        "lea.positive_actions=30,lea.drawn_actions=30,annotation.candidates=50");
        assertThat(few.err()).contains("needs more than 31 items but the data has 27");
        assertThat(out).doesNotExist();
    }

    @Test
    void report_inABrowser_showsItsPictures() throws Exception {
        run("--algorithms", "supervised,snqn", "--seeds", "1");
        String page = browse("--dump-dom");
        assertThat(page).contains("<h2>shop</h2>").contains("<svg").contains("SASRec-SNQN");
        Path picture = folder.resolve("page.png");
        browse("--window-size=1200,3000", "--hide-scrollbars", "--screenshot=" + picture);
        BufferedImage seen = ImageIO.read(picture.toFile());
        long coloured = // of the first line and of the states' dots
                IntStream.range(0, seen.getWidth() * seen.getHeight())
                        .map(i -> seen.getRGB(i % seen.getWidth(), i / seen.getWidth()))
                        .filter(pixel -> (pixel & 0xffffff) == 0x0072b2)
                        .count();
        assertThat(coloured).isGreaterThan(100);
    }

    private String browse(String... options) throws Exception {
        Optional<Path> browser =
                Stream.of("chromium", "chromium-browser", "google-chrome")
                        .flatMap(name ->
                                Arrays.stream(System.getenv("PATH").split(":", -1))
                                        .map(path -> Path.of(path, name)))
                        .filter(Files::isExecutable)
                        .findFirst();
        assumeTrue(browser.isPresent(), "there is no Chromium here");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                browser.get().toString(),
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--user-data-dir=" + folder.resolve("browser")));
        command.addAll(Arrays.asList(options));
        command.add(out.resolve("report.html").toUri().toString());
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String page = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return page;
    }

    private void checkReport() throws Exception {
        String page = Files.readString(out.resolve("report.html"));
        assertThat(page).doesNotContain("http://", "https://", "<script", "NaN");
        var document =
                DocumentBuilderFactory.newDefaultInstance()
                        .newDocumentBuilder()
                        .parse(
                                new ByteArrayInputStream(
                                        page.replace("<!DOCTYPE html>", "")
                                                .getBytes(StandardCharsets.UTF_8)));
        // Three learning curves and three pictures of states.
        assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(6);
    }

    private Path result(String label, int seed) {
        return out.resolve("shop/" + label + "/seed-" + seed + "/result.json");
    }

    private static String line(String text, String start) {
        String line = text.lines().filter(l -> l.startsWith(start)).reduce("", (_, last) -> last);
        // Without p, which knows of the other pairs, and seconds.
        return line.replaceAll(" +", " ").replaceFirst(" on SASRec .*", "");
    }
}
