package dev.lea.trainer.sample;

/// The rules by which customers choose: what an article is worth to a customer who holds a history.
///
/// The utility of item i after history h, for a customer with interests w and purse p:
/// ```
/// u = w[department(i)]
///   + 3.0 follows(last, i) + 1.2 follows(last but one, i)     what is bought after what
///   + 2.0 range(h, i)                                         -1, 0 or 1: see below
///   + 2.0 brands(h, i)                                        share of the brand in h, newest first
///   - 0.8 |tier(i) - p|
///   + 0.5 popularity(i)
///   + 1.5 [type(i) opens its department, which h has not]
///   - 5.0 [i in h]
/// ```
/// `follows` is 1 for the next type of the chain in the same department (the last one is followed by the first
/// of the near department), 0.4 for the one after it, else 0. `range` compares i's system with the newest item of i's department in h: 1 equal, -1 different,
/// 0 where h has none. `brands` weighs the history by 0.7 to the power of age.
///
/// The next item is drawn from `softmax(u)`; the true reward is `1 / (1 + e^-((u - 1.5) / 1.5))`: rank by reward is
/// rank by probability, and rewards compare across histories.
final class Rules {
    /// Changes whenever the same seed would give another sample or another truth.
    static final int VERSION = 1;

    private static final double FOLLOWS = 3;
    private static final double FOLLOWS_EARLIER = 1.2;
    private static final double SKIPS_ONE = 0.4;
    private static final double RANGE = 2;
    private static final double BRAND = 2;
    private static final double BRAND_DECAY = 0.7;
    private static final double TIER = 0.8;
    private static final double POPULARITY = 0.5;
    private static final double OPENS = 1.5;
    private static final double OWNED = 5;
    private static final double CENTRE = 1.5;
    private static final double SCALE = 1.5;

    private final Shop shop;

    Rules(Shop shop) {
        this.shop = shop;
    }

    /// u; `history` holds item numbers, oldest first.
    double utility(Customer customer, int[] history, int candidate) {
        Item item = shop.item(candidate);
        double utility = customer.interests()[item.department()];
        utility -= TIER * Math.abs(item.tier() - customer.tier());
        utility += POPULARITY * item.popularity();
        utility +=
                FOLLOWS * follows(history, 1, item) + FOLLOWS_EARLIER * follows(history, 2, item);
        double weight = 1;
        double weights = 0;
        double brand = 0;
        int range = 0;
        boolean owned = false;
        for (int t = history.length - 1; t >= 0; t--) {
            Item past = shop.item(history[t]);
            weights += weight;
            brand += past.brand() == item.brand() ? weight : 0;
            weight *= BRAND_DECAY;
            if (range == 0 && past.department() == item.department()) {
                range = past.system() == item.system() ? 1 : -1;
            }
            owned |= history[t] == candidate;
        }
        utility += RANGE * range + (weights > 0 ? BRAND * brand / weights : 0);
        utility += item.type() == 0 && range == 0 ? OPENS : 0;
        return owned ? utility - OWNED : utility;
    }

    /// The true reward of a utility, in (0, 1).
    static double reward(double utility) {
        return 1 / (1 + StrictMath.exp(-(utility - CENTRE) / SCALE));
    }

    private double follows(int[] history, int age, Item item) {
        if (history.length < age) {
            return 0;
        }
        Item past = shop.item(history[history.length - age]);
        int end = shop.typesPerDepartment();
        for (int steps = 1; steps <= 2; steps++) {
            int type = past.type() + steps;
            int department = type < end ? past.department() : shop.near(past.department());
            if (item.department() == department && item.type() == type % end) {
                return steps == 1 ? 1 : SKIPS_ONE;
            }
        }
        return 0;
    }
}
