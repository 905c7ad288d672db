package dev.lea.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Imports against folders that others prepared of the same data. The data is not part of the repository: it is looked for
/// in `../shared/data` beside the repository, or in `data` of the folder that the system property `lea.shared` names.
class PublicDataTest {
    @TempDir Path folder;

    /// Figures of the 5-core as the data's own description gives them.
    @Test
    void movielensLatestSmall_hasTheKnownSizes() {
        Path to = folder.resolve("out");

        Desk.Result result =
                Desk.run(
                        "import",
                        "movielens",
                        "--from",
                        shared("ml-latest-small"),
                        "--to",
                        to,
                        "--core",
                        5);

        assertThat(result.code()).as(result.err()).isZero();
        Dataset data = Dataset.read(to, 0);
        assertThat(data.users()).isEqualTo(610);
        assertThat(data.catalogue().size()).isEqualTo(3650);
        assertThat(data.interactions()).isEqualTo(90_274);
        assertThat(data.catalogue().texts(0))
                .containsEntry("title", "Toy Story")
                .containsEntry("year", "1995");
        assertThat(data.catalogue().withoutText()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"industrial, title", "ml-100k, title", "lfm, title"})
    void folder_readAsATable_isTheSameDataSet(String name, String text) throws IOException {
        Path from = shared(name);
        Path to = folder.resolve("out");

        Desk.Result result =
                Desk.run(
                        "import",
                        "table",
                        "--from",
                        from.resolve("interactions.tsv"),
                        "--user",
                        "user",
                        "--item",
                        "item",
                        "--time",
                        "timestamp",
                        "--items",
                        from.resolve("items.tsv"),
                        "--text",
                        text,
                        "--duplicates",
                        "keep",
                        "--no-split",
                        "--to",
                        to);

        assertThat(result.code()).as(result.err()).isZero();
        Files.copy(from.resolve("split_811_seed42.tsv"), to.resolve("split_811_seed42.tsv"));
        Dataset expected = Dataset.read(from, 0);
        Dataset found = Dataset.read(to, 0);
        assertThat(found.catalogue().ids()).isEqualTo(expected.catalogue().ids());
        assertThat(sequences(found)).isEqualTo(sequences(expected));
    }

    private static Map<String, List<Integer>> sequences(Dataset data) {
        var sequences = new TreeMap<String, List<Integer>>();
        Stream.of(data.train(), data.valid(), data.test())
                .flatMap(List::stream)
                .forEach((Sequence s) ->
                        sequences.put(
                                s.userId(), java.util.Arrays.stream(s.items()).boxed().toList()));
        return sequences;
    }

    private static Path shared(String name) {
        String shared = System.getProperty("lea.shared");
        Path data =
                (shared == null ? Path.of("../../shared") : Path.of(shared))
                        .resolve("data")
                        .resolve(name);
        assumeTrue(Files.isDirectory(data), data + " is not there");
        return data;
    }
}
