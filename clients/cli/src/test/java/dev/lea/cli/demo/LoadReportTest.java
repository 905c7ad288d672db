package dev.lea.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.cli.demo.LoadReport.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadReportTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void of_oneSwap_splitsTheCallsAroundIt() {
        var answers = new ArrayList<Answer>();
        for (int i = 0; i < 100; i++) { // ten a second, version 2 from second 5
            answers.add(new Answer(i * SECOND / 10, 1_000_000L * (i + 1), i < 50 ? 1 : 2));
        }
        var report = LoadReport.of(answers, 3, List.of("gone"));
        assertThat(report.calls()).isEqualTo(103);
        assertThat(report.failed()).isEqualTo(3);
        assertThat(report.swaps()).isEqualTo(1);
        assertThat(report.versions()).containsEntry(1L, 50L).containsEntry(2L, 50L);
        assertThat(report.swapping().calls()).isEqualTo(11);
        assertThat(report.swapping().p50Millis()).isEqualTo(51);
        assertThat(report.swapping().p99Millis()).isEqualTo(56);
        assertThat(report.quiet().calls()).isEqualTo(89);
    }

    @Test
    void of_lateAnswerOfTheOldVersion_isNoSecondSwap() {
        var report =
                LoadReport.of(
                        List.of(
                                new Answer(0, 1, 1),
                                new Answer(1, 1, 2),
                                new Answer(2, 1, 1),
                                new Answer(3, 1, 2)),
                        0,
                        List.of());
        assertThat(report.swaps()).isEqualTo(1);
    }

    @Test
    void of_nothing_hasNoLatency() {
        var report = LoadReport.of(List.of(), 0, List.of());
        assertThat(report.quiet().p99Millis()).isNaN();
        assertThat(report.swaps()).isZero();
    }

    @Test
    void condition_ofTheTrainersForm_isRead() {
        var condition = Condition.parse("valid.ndcg@10 0.0312 > 0.0417").orElseThrow();
        assertThat(condition).isEqualTo(new Condition("valid.ndcg@10", 0.0312, ">", 0.0417));
        assertThat(condition.isMet()).isFalse();
        assertThat(Condition.parse("x NaN >= 0").orElseThrow().isMet()).isFalse();
        assertThat(Condition.parse("nothing to compare")).isEmpty();
    }
}
