package dev.lea.environment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.environment.model.RowPlan.Kind;
import dev.lea.serving.feature.PromptLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class RowPlanTest {
    private static final PromptLayout LAYOUT =
            new PromptLayout(10, List.of(1, 2), List.of(3, 4), 30);

    @RepeatedTest(20)
    void blocks_anyQuestions_areEachReadOnceInRowsWithinTheLimits(RepetitionInfo repetition) {
        var random = new Random(repetition.getCurrentRepetition());
        var limits = new PassLimits(16 + random.nextInt(200), 1000, 1 + random.nextInt(300));
        var plan = new RowPlan(LAYOUT, limits);
        List<Block> blocks = new ArrayList<>();
        for (int sequence = 0; sequence < 4; sequence++) {
            int[] items = random.ints(random.nextInt(31), 0, 50).toArray();
            int count = random.nextInt(120);
            for (int i = 0; i < count; i++) {
                blocks.add(new Block(items, 0, random.nextInt(items.length + 1), i));
            }
        }
        List<Row> rows = plan.blocks(blocks, Kind.CANDIDATE, Memory.NONE);
        int next = 0;
        for (Row row : rows) {
            assertThat(row.offset()).isEqualTo(next);
            next += row.reads();
            int[] slots = new int[row.reads()];
            var packed = row.packing().pack(slots);
            assertThat(packed.length()).isEqualTo(row.length());
            assertThat(slots).doesNotHaveDuplicates();
            if (row.reads() > 1) {
                assertThat(row.length()).isLessThanOrEqualTo(limits.rowPlaces());
            }
        }
        assertThat(next).as("seed %d", repetition.getCurrentRepetition()).isEqualTo(blocks.size());
        int inPasses = 0;
        for (List<Row> pass : plan.passes(rows)) {
            inPasses += pass.size();
            int longest = pass.getFirst().length();
            assertThat(pass).allMatch(row -> row.length() <= longest);
            assertThat(longest * pass.size()).isLessThanOrEqualTo(limits.passPlaces());
        }
        assertThat(inPasses).isEqualTo(rows.size());
    }

    @Test
    void blocks_ofOneHistory_areSpreadEvenly() {
        var plan = new RowPlan(LAYOUT, new PassLimits(100, 1000, 76));
        int[] items =
                new int[10]; // a trunk of 12 places; sqrt(12 * 88) = 32 places of blocks, 10 blocks
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < 21; i++) {
            blocks.add(new Block(items, 0, 10, i));
        }
        assertThat(plan.blocks(blocks, Kind.CANDIDATE, Memory.NONE))
                .extracting(Row::reads)
                .containsExactly(7, 7, 7);
        assertThat(plan.blocks(blocks, Kind.CONTINUATION, Memory.NONE))
                .extracting(Row::reads)
                .containsExactly(21);
    }

    @Test
    void blocks_afterShortPrefixes_leaveTheRestOfTheTrunkOut() {
        var plan = new RowPlan(LAYOUT, PassLimits.DEFAULT);
        int[] items = new int[25];
        List<Row> rows =
                plan.blocks(List.of(new Block(items, 5, 8, 1)), Kind.CONTINUATION, Memory.NONE);
        assertThat(rows.getFirst().length()).isEqualTo(2 + 3 + 1);
    }

    @Test
    void passes_aRowLongerThanAPass_runsAlone() {
        var plan = new RowPlan(LAYOUT, new PassLimits(16, 16, 1));
        int[] items = new int[30];
        var trunk = new Trunk(items, 0, 0, 30);
        assertThat(plan.passes(plan.trunks(List.of(trunk, trunk), Memory.NONE)))
                .hasSize(2)
                .allMatch(pass -> pass.size() == 1);
    }

    @Test
    void limits_outOfRange_areRefused() {
        assertThatThrownBy(() -> new PassLimits(100, 99, 1))
                .hasMessage("passPlaces must be in [100, 1048576] but is 99");
        assertThat(PassLimits.DEFAULT.withPassPlaces(64)).isEqualTo(new PassLimits(64, 64, 256));
    }
}
