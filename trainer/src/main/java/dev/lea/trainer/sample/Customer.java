package dev.lea.trainer.sample;

import dev.lea.trainer.data.CounterRandom;

/// A customer's lasting taste.
///
/// @param interests what each department's articles gain from it
/// @param tier      the tier that suits the purse, 0..2
/// @param visits    purchases made in the log
record Customer(String id, double[] interests, int tier, int visits) {
    private static final double FAVOURITE = 2.5;
    private static final double NEAR = 1.5;
    private static final double SECOND = 2;
    private static final double SPREAD = 0.2;
    private static final int MIN_VISITS = 4;
    private static final int MAX_VISITS = 40;
    private static final double MEAN_FURTHER_VISITS = 6.5;

    /// The same seed and number give the same customer.
    static Customer of(long seed, int number, Shop shop) {
        var random = CounterRandom.of(seed, "customer", number);
        double[] interests = new double[shop.departments()];
        for (int d = 0; d < interests.length; d++) {
            interests[d] = SPREAD * random.nextGaussian();
        }
        int favourite = random.nextInt(interests.length);
        interests[favourite] += FAVOURITE;
        interests[shop.near(favourite)] += NEAR;
        interests[random.nextInt(interests.length)] += SECOND;
        int tier = random.nextInt(3);
        double further = -MEAN_FURTHER_VISITS * StrictMath.log(1 - random.nextDouble());
        int visits = Math.min(MAX_VISITS, MIN_VISITS + (int) further);
        return new Customer("C" + (10001 + number), interests, tier, visits);
    }
}
