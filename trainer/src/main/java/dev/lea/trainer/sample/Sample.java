package dev.lea.trainer.sample;

import dev.lea.trainer.data.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The shop, its customers and what they bought, all from one seed. Immutable.
///
/// @param purchases item numbers of each customer, oldest first
/// @param times     of the purchases, seconds since 1970
record Sample(
        long seed, Shop shop, List<Customer> customers, List<int[]> purchases, List<long[]> times) {
    static final int CUSTOMERS = 5000; // unless told otherwise
    private static final long OPENING = 1_672_560_000;
    private static final long DAY = 86_400;
    private static final int JOINING_DAYS = 500;
    private static final double MEAN_DAYS_BETWEEN = 9;

    static Sample generate(long seed) {
        return generate(seed, CUSTOMERS);
    }

    /// The first customers are the same however many there are.
    static Sample generate(long seed, int count) {
        Shop shop = Shop.open(seed);
        Rules rules = new Rules(shop);
        List<Customer> customers = new ArrayList<>();
        List<int[]> purchases = new ArrayList<>();
        List<long[]> times = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            Customer customer = Customer.of(seed, number, shop);
            customers.add(customer);
            purchases.add(walk(shop, rules, customer, CounterRandom.of(seed, "purchases", number)));
            times.add(times(customer.visits(), CounterRandom.of(seed, "times", number)));
        }
        return new Sample(
                seed, shop, List.copyOf(customers), List.copyOf(purchases), List.copyOf(times));
    }

    int events() {
        return purchases.stream().mapToInt(p -> p.length).sum();
    }

    private static int[] walk(Shop shop, Rules rules, Customer customer, CounterRandom random) {
        int[] bought = new int[customer.visits()];
        double[] weights = new double[shop.items().size()];
        for (int t = 0; t < bought.length; t++) {
            int[] history = Arrays.copyOf(bought, t);
            double total = 0;
            for (int i = 0; i < weights.length; i++) {
                weights[i] = StrictMath.exp(rules.utility(customer, history, i));
                total += weights[i];
            }
            double left = random.nextDouble() * total;
            int chosen = 0;
            while (chosen < weights.length - 1 && left >= weights[chosen]) {
                left -= weights[chosen++];
            }
            bought[t] = chosen;
        }
        return bought;
    }

    private static long[] times(int visits, CounterRandom random) {
        long[] times = new long[visits];
        long time = OPENING + random.nextInt(JOINING_DAYS) * DAY + random.nextInt((int) DAY);
        for (int t = 0; t < visits; t++) {
            times[t] = time;
            double days = -MEAN_DAYS_BETWEEN * StrictMath.log(1 - random.nextDouble());
            time += 60 + (long) (days * DAY);
        }
        return times;
    }
}
