package dev.lea.trainer.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.trainer.evaluation.Spearman;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleTest {
    private static final Sample SAMPLE = Sample.generate(1);

    @Test
    void generate_anySeed_isLargeEnough() {
        assertThat(SAMPLE.customers()).hasSizeGreaterThanOrEqualTo(1000);
        assertThat(SAMPLE.shop().items()).hasSize(600);
        assertThat(SAMPLE.events()).isBetween(40_000, 60_000);
    }

    @Test
    void generate_otherSeed_differs() {
        assertThat(Sample.generate(2).purchases().getFirst())
                .isNotEqualTo(SAMPLE.purchases().getFirst());
    }

    @Test
    void items_texts_areCompleteAndTellArticlesApart() {
        Set<String> texts = new HashSet<>();
        for (Item item : SAMPLE.shop().items()) {
            assertThat(item.title()).contains(item.brandName()).doesNotContain("{", "\t");
            assertThat(item.description()).endsWith(".").doesNotContain("{", "\t");
            assertThat(texts.add(item.title() + item.category())).as(item.title()).isTrue();
        }
    }

    @Test
    void times_ofEveryCustomer_rise() {
        for (long[] times : SAMPLE.times()) {
            assertThat(times).isSorted();
            assertThat(Arrays.stream(times).distinct().count()).isEqualTo(times.length);
        }
    }

    /// What followed an item most often, learned from 90 % of the customers, is in the others' next purchase
    /// far more often than what is bought most.
    @Test
    void purchases_nextItem_dependsOnTheLast() {
        int n = SAMPLE.shop().items().size();
        int[][] after = new int[n][n];
        int[] bought = new int[n];
        int fitted = Sample.CUSTOMERS * 9 / 10;
        for (int[] items : SAMPLE.purchases().subList(0, fitted)) {
            for (int t = 0; t < items.length; t++) {
                bought[items[t]]++;
                if (t > 0) {
                    after[items[t - 1]][items[t]]++;
                }
            }
        }
        int events = 0;
        int byLast = 0;
        int byPopularity = 0;
        for (int[] items : SAMPLE.purchases().subList(fitted, Sample.CUSTOMERS)) {
            for (int t = 1; t < items.length; t++) {
                events++;
                byLast += isInTopTen(after[items[t - 1]], items[t]) ? 1 : 0;
                byPopularity += isInTopTen(bought, items[t]) ? 1 : 0;
            }
        }
        assertThat((double) byLast / events).isGreaterThan(5.0 * byPopularity / events);
        assertThat((double) byLast / events).isBetween(0.3, 0.7);
    }

    /// The truth can be read off the history: a customer guessed from it ranks all items much as the true
    /// one does.
    @Test
    void reward_ofGuessedCustomer_correlatesWithTruth() {
        var rules = new Rules(SAMPLE.shop());
        double sum = 0;
        int histories = 0;
        for (int c = 0; c < 60; c++) {
            Customer customer = SAMPLE.customers().get(c);
            for (int t = 1; t < customer.visits(); t++) {
                int[] history = Arrays.copyOf(SAMPLE.purchases().get(c), t);
                Customer guess = guess(history);
                sum +=
                        Spearman.of(
                                utilities(rules, customer, history),
                                utilities(rules, guess, history));
                histories++;
            }
        }
        assertThat(sum / histories).isGreaterThan(0.75);
    }

    private static Customer guess(int[] history) {
        double[] interests = new double[SAMPLE.shop().departments()];
        double tier = 0;
        for (int item : history) {
            int department = SAMPLE.shop().item(item).department();
            int near = SAMPLE.shop().near(department);
            interests[department] = 2;
            interests[near] = Math.max(interests[near], 1);
            tier += SAMPLE.shop().item(item).tier();
        }
        return new Customer("guess", interests, (int) Math.round(tier / history.length), 1);
    }

    private static double[] utilities(Rules rules, Customer customer, int[] history) {
        return IntStream.range(0, SAMPLE.shop().items().size())
                .mapToDouble(i -> rules.utility(customer, history, i))
                .toArray();
    }

    private static boolean isInTopTen(int[] counts, int item) {
        int ahead = 0;
        for (int i = 0; i < counts.length; i++) {
            ahead += i != item && counts[i] >= counts[item] ? 1 : 0;
        }
        return ahead < 10;
    }
}
