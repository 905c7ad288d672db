package dev.lea.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.cli.terminal.Style;
import dev.lea.cli.terminal.Terminal;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunState;
import dev.lea.proto.trainer.v1.Stage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RunViewTest {
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    @Test
    void update_whileWatched_drawsABarWithRateAndRest() {
        try (var view = view(true)) {
            view.update(run(stage(1500, 3000, 30)));
        }
        assertThat(text())
                .contains("train SASRec")
                .contains("50 %")
                .contains("1,500/3,000")
                .contains("50/s")
                .contains("0:30 left");
        assertThat(text().lines().map(Style::width)).allMatch(width -> width <= 100);
    }

    @Test
    void update_ofAStageWithoutTotal_showsItsTime() {
        try (var view = view(true)) {
            view.update(run(stage(0, 0, 12)));
        }
        assertThat(text()).contains("12.0 s");
    }

    @Test
    void update_whereNobodyWatches_writesALineEveryFiveSeconds() {
        try (var view = view(false)) {
            for (int seconds = 1; seconds < 20; seconds++) {
                view.update(run(stage(seconds * 10L, 3000, seconds)));
            }
        }
        assertThat(text().lines().filter(line -> line.startsWith("  …"))).hasSize(3);
        assertThat(text()).contains("50/3,000 steps, 10/s, 4:55 left").contains("✗ train SASRec");
    }

    @Test
    void update_whileItWaits_saysForWhatOnce() {
        var waiting =
                run(stage(1, 2, 1)).toBuilder()
                        .setState(RunState.RUN_STATE_WAITING)
                        .setFailure("env-server at 127.0.0.1:1 does not answer")
                        .build();
        try (var view = view(false)) {
            view.update(waiting);
            view.update(waiting);
        }
        assertThat(
                        text().lines()
                                .filter(line ->
                                        line.contains("! waiting: env-server at 127.0.0.1:1")))
                .hasSize(1);
    }

    private RunView view(boolean live) {
        var out = new PrintStream(screen, true, StandardCharsets.UTF_8);
        return new RunView(new Terminal(out, live, live, 100), () -> "");
    }

    private String text() {
        return screen.toString(StandardCharsets.UTF_8);
    }

    private static Run run(Stage stage) {
        return Run.newBuilder().setRunId("r").addStages(stage).build();
    }

    private static Stage stage(long done, long total, double seconds) {
        return Stage.newBuilder()
                .setName("train SASRec")
                .setDone(done)
                .setTotal(total)
                .setUnit("steps")
                .setSeconds(seconds)
                .build();
    }
}
