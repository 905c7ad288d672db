package dev.lea.trainer.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.trainer.agent.AgentSettings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BoardTest {
    private static final Cell CELL = new Cell("shop", AgentSettings.DEFAULT, Treatment.NONE);
    private static final CellResult RESULT =
            new CellResult(
                    "",
                    Map.of("valid.ndcg@10", 0.1, "test.ndcg@10", 0.2),
                    List.of(),
                    1,
                    9,
                    30,
                    null);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long now = 1_000_000_000L;

    private Board board(int columns) {
        return new Board(new PrintStream(bytes, true, StandardCharsets.UTF_8), columns, () -> now);
    }

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void withoutATerminal_onlyLinesThatStayAreWritten() {
        Board board = board(0);
        board.begin(4, 1, 6, 1);
        board.progress(CELL).at(10, 100, "epoch 1");
        board.finish(CELL, RESULT);
        assertThat(shown())
                .isEqualTo(
                        """
                        1 of 4 agents are on disk already
                        [2/4] SASRec-SNQN, seed 1, shop: validation NDCG@10 0.1000, test 0.2000, 30 s
                        """);
    }

    @Test
    void onATerminal_whatIsUnderWayIsDrawnOver_withTheTimeLeft() {
        Board board = board(120);
        board.begin(4, 1, 6, 1);
        board.finish(CELL, RESULT);
        now += 1_000_000_000L;
        board.progress(CELL).at(10, 100, "epoch 1");
        assertThat(shown())
                .endsWith("[2/4] SASRec-SNQN, seed 1, shop 10%, epoch 1 | 1 min 00 s left");
        board.progress(CELL).at(11, 100, "epoch 1");
        assertThat(shown()).doesNotContain("11%");
        board.say("done");
        assertThat(shown()).contains("\r\033[2Kdone\n");
    }

    @Test
    void time_isToldAsPeopleDo() {
        assertThat(Board.time(59.6)).isEqualTo("1 min 00 s");
        assertThat(Board.time(7)).isEqualTo("7 s");
        assertThat(Board.time(3_900)).isEqualTo("1 h 05 min");
    }
}
