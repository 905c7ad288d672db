package dev.lea.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.evaluation.Parts.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartsTest {
    @TempDir Path folder;

    @Test
    void users_areParted_andEveryEventOfTheirsCounts() throws IOException {
        Dataset data = data(4, "click");

        Parts parts = Protocol.USERS.of(data);

        assertThat(parts.train()).isEqualTo(data.train());
        assertThat(parts.valid().size()).isEqualTo(4 * data.valid().size());
        assertThat(parts.test().sequences()).isEqualTo(data.test());
    }

    @Test
    void leaveLastOut_ofEveryUser_testsTheLastAndValidatesTheOneBefore() throws IOException {
        Parts parts = Protocol.LEAVE_LAST_OUT.of(data(4, "purchase"));

        assertThat(parts.train()).hasSize(20);
        assertThat(parts.valid().size()).isEqualTo(20);
        for (int event = 0; event < 20; event++) {
            Sequence train = parts.train().get(event);
            assertThat(train.length()).isEqualTo(2);
            assertThat(train.userId()).isEqualTo(parts.test().sequences().get(event).userId());
            assertThat(parts.valid().history(event)).isEqualTo(train.items());
            assertThat(parts.valid().position(event)).isEqualTo(2);
            assertThat(parts.test().position(event)).isEqualTo(3);
            assertThat(parts.test().history(event)[2]).isEqualTo(parts.valid().action(event));
            assertThat(parts.valid().event(event)).isEqualTo(Sequence.CLICK);
            assertThat(parts.test().event(event)).isEqualTo(Sequence.PURCHASE);
        }
    }

    @Test
    void leaveLastOut_ofUsersWhoDidTooLittle_isRefused() throws IOException {
        Dataset data = data(2, "purchase");
        assertThatThrownBy(() -> Protocol.LEAVE_LAST_OUT.of(data))
                .hasMessage(
                        "leaving the last out needs users of at least 3 events but there are none");
    }

    /// Twenty users who click `length - 1` items and then do something to one more.
    private Dataset data(int length, String last) throws IOException {
        StringBuilder interactions = new StringBuilder("user\titem\ttimestamp\tevent\n");
        for (int user = 0; user < 20; user++) {
            for (int t = 0; t < length; t++) {
                interactions.append(
                        "u%d\t%d\t%d\t%s%n"
                                .formatted(
                                        user, (user + t) % 7, t, t < length - 1 ? "click" : last));
            }
        }
        Files.writeString(folder.resolve("interactions.tsv"), interactions);
        Files.writeString(folder.resolve("items.tsv"), "item\ttitle\n0\tx\n");
        return Dataset.read(folder, 1);
    }
}
