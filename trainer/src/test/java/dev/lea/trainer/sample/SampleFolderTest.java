package dev.lea.trainer.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.Failure;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleFolderTest {
    private static final Sample SAMPLE = Sample.generate(1);

    @TempDir private Path temporary;

    @Test
    void write_sameSeed_givesSameBytes() throws IOException {
        Path first = written("first");
        Path second = temporary.resolve("second");
        SampleFolder.write(Sample.generate(1), second);
        for (String name : names(first)) {
            assertThat(second.resolve(name)).hasSameBinaryContentAs(first.resolve(name));
        }
    }

    @Test
    void write_anySample_isADataSetWithoutBadRows() {
        Dataset data = Dataset.read(written("sample"), 0);
        assertThat(data.badRows().count()).isZero();
        assertThat(data.interactions()).isEqualTo(SAMPLE.events());
        assertThat(data.train()).hasSize(4000);
        assertThat(data.valid()).hasSize(500);
        assertThat(data.test()).hasSize(500);
        assertThat(data.catalogue().withoutText()).isZero();
        assertThat(data.catalogue().columns())
                .containsExactly("title", "brand", "category", "description");
    }

    @Test
    void write_overOtherSample_replacesIt() throws IOException {
        Path folder = written("sample");
        SampleFolder.write(Sample.generate(2), folder);
        assertThat(names(folder))
                .containsExactly(
                        "interactions.tsv", "items.tsv", "sample.json", "split_811_seed2.tsv");
    }

    @Test
    void write_intoFolderWithOtherFiles_leavesItAlone() throws IOException {
        Path folder = Files.createDirectory(temporary.resolve("mine"));
        Files.writeString(folder.resolve("items.tsv"), "mine");
        assertThatThrownBy(() -> SampleFolder.write(SAMPLE, folder))
                .isInstanceOf(Failure.Invalid.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("items.tsv");
        assertThat(folder.resolve("items.tsv")).hasContent("mine");
    }

    @Test
    void forDataset_writtenSample_knowsEveryLoggedEvent() {
        Path folder = written("sample");
        Dataset data = Dataset.read(folder, 0);
        TrueReward truth = TrueReward.forDataset(folder).orElseThrow();
        double chosen = 0;
        double other = 0;
        int events = 0;
        for (Sequence sequence : data.test()) {
            for (int t = 0; t < sequence.length(); t++) {
                List<String> history = ids(data, sequence.prefix(t));
                chosen += reward(truth, sequence, history, data.catalogue().id(sequence.item(t)));
                other += reward(truth, sequence, history, data.catalogue().id(events % 600));
                events++;
            }
        }
        assertThat(chosen / events).isGreaterThan(0.8);
        assertThat(other / events).isBetween(0.2, 0.5);
    }

    @Test
    void forDataset_ordinaryFolder_isEmpty() {
        assertThat(TrueReward.forDataset(temporary)).isEmpty();
    }

    @Test
    void forDataset_changedItems_isRefused() throws IOException {
        Path folder = written("sample");
        Files.writeString(folder.resolve("items.tsv"), "item\ttitle\nx\ty\n");
        assertThatThrownBy(() -> TrueReward.forDataset(folder))
                .isInstanceOf(Failure.Invalid.class)
                .hasMessageContaining("sample.json")
                .hasMessageContaining("items.tsv");
    }

    @Test
    void forDataset_brokenMark_isRefused() throws IOException {
        for (String json : List.of("", "{", "[]", "{\"rules\": 99, \"seed\": 1}")) {
            Files.writeString(temporary.resolve("sample.json"), json);
            assertThatThrownBy(() -> TrueReward.forDataset(temporary))
                    .isInstanceOf(Failure.Invalid.class)
                    .hasMessageContaining("sample.json");
        }
    }

    @Test
    void reward_unknownIds_areNamed() {
        TrueReward truth = TrueReward.of(1, Sample.CUSTOMERS);
        assertThatThrownBy(() -> truth.reward("nobody", List.of(), "PWR-1001"))
                .hasMessageContaining("nobody");
        assertThatThrownBy(() -> truth.reward("C10001", List.of("nothing"), "PWR-1001"))
                .hasMessageContaining("nothing");
    }

    @Test
    void main_folderInUse_saysSoAndEndsWithOne() throws IOException {
        Files.writeString(temporary.resolve("other.txt"), "mine");
        var errors = new StringWriter();
        int code =
                GenerateSample.commandLine()
                        .setErr(new PrintWriter(errors))
                        .execute("--to", temporary.toString());
        assertThat(code).isEqualTo(1);
        assertThat(errors.toString()).contains("other.txt").hasLineCount(1);
    }

    @Test
    void main_emptyFolder_writesAndCounts() {
        var out = new StringWriter();
        Path folder = temporary.resolve("new").resolve("sample");
        int code =
                GenerateSample.commandLine()
                        .setOut(new PrintWriter(out))
                        .execute("--to", folder.toString(), "--seed", "1");
        assertThat(code).isZero();
        assertThat(out.toString()).contains("5,000 customers, 600 items", "seed 1");
        assertThat(folder.resolve("sample.json")).exists();
    }

    private Path written(String name) {
        Path folder = temporary.resolve(name);
        SampleFolder.write(SAMPLE, folder);
        return folder;
    }

    private static double reward(
            TrueReward truth, Sequence sequence, List<String> history, String item) {
        double reward = truth.reward(sequence.userId(), history, item);
        assertThat(reward).isBetween(0.0, 1.0);
        return reward;
    }

    private static List<String> ids(Dataset data, int[] items) {
        return Arrays.stream(items).mapToObj(data.catalogue()::id).toList();
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
