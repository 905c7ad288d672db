package dev.lea.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    @TempDir Path folder;

    @Test
    void read_ofADataSet_knowsTitlesAndNewestItems() throws Exception {
        var data = DataFolder.read(TestData.write(folder));
        assertThat(data.title("i3")).endsWith("with number 3");
        assertThat(data.title("unknown")).isEqualTo("unknown");
        assertThat(data.histories()).hasSize(5);
        assertThat(data.histories().get("u1")).hasSize(10).startsWith("i3").endsWith("i12");
    }

    @Test
    void read_folderThatIsMissing_isNamed() {
        assertThatThrownBy(() -> DataFolder.read(folder.resolve("nope")))
                .isInstanceOf(DemoFailure.class)
                .hasMessage("the data folder " + folder.resolve("nope") + " does not exist");
    }

    @Test
    void read_fileThatIsMissing_isNamed() throws Exception {
        Files.writeString(folder.resolve("items.tsv"), "item\ttitle\n");
        assertThatThrownBy(() -> DataFolder.read(folder))
                .hasMessage(folder.resolve("interactions.tsv") + " does not exist");
    }

    @Test
    void read_fileWithoutRows_isNamed() throws Exception {
        Files.writeString(folder.resolve("items.tsv"), "item\ttitle\n");
        Files.writeString(folder.resolve("interactions.tsv"), "user\titem\ttimestamp\nbroken\n");
        assertThatThrownBy(() -> DataFolder.read(folder))
                .hasMessageContaining("holds no interaction");
    }
}
