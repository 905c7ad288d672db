package dev.lea.trainer.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The reward that a customer of the sample truly gets from an item after a history. Immutable, so any
/// number of threads may ask.
public final class TrueReward {
    private final Shop shop;
    private final Rules rules;
    private final Map<String, Customer> customers;

    private TrueReward(Shop shop, Rules rules, Map<String, Customer> customers) {
        this.shop = shop;
        this.rules = rules;
        this.customers = customers;
    }

    /// The truth about a data set's folder; empty where it is no sample.
    ///
    /// @throws Failure.Invalid if `sample.json` is broken, of other rules, or its files have been changed
    public static Optional<TrueReward> forDataset(Path folder) {
        Path mark = folder.resolve(SampleFolder.MARK);
        if (!Files.exists(mark)) {
            return Optional.empty();
        }
        try {
            JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(mark));
            if (!json.path("rules").isInt() || !json.path("seed").isIntegralNumber()) {
                throw invalid(mark, "must hold the numbers rules and seed");
            }
            if (json.get("rules").intValue() != Rules.VERSION) {
                throw invalid(
                        mark,
                        "must be of rules " + Rules.VERSION + " but is of " + json.get("rules"));
            }
            for (String name : List.of(SampleFolder.INTERACTIONS, SampleFolder.ITEMS)) {
                String digest = SampleFolder.sha256(Files.readAllBytes(folder.resolve(name)));
                if (!digest.equals(json.path("sha256").path(name).textValue())) {
                    throw invalid(mark, "does not belong to this " + name + ", SHA-256 " + digest);
                }
            }
            int count = json.path("customers").asInt(Sample.CUSTOMERS);
            return Optional.of(of(json.get("seed").longValue(), count));
        } catch (IOException e) {
            throw invalid(mark, "cannot be read: " + e);
        }
    }

    /// r*, in (0, 1).
    ///
    /// @param history item ids, oldest first; may be empty, and need not be what the customer bought
    /// @throws IllegalArgumentException if the sample has no such user or item
    public double reward(String userId, List<String> history, String item) {
        Customer customer = customers.get(userId);
        if (customer == null) {
            throw new IllegalArgumentException("the sample has no user '" + userId + "'");
        }
        int[] past = history.stream().mapToInt(shop::indexOf).toArray();
        return Rules.reward(rules.utility(customer, past, shop.indexOf(item)));
    }

    static TrueReward of(long seed, int count) {
        Shop shop = Shop.open(seed);
        Map<String, Customer> customers = new HashMap<>();
        for (int number = 0; number < count; number++) {
            Customer customer = Customer.of(seed, number, shop);
            customers.put(customer.id(), customer);
        }
        return new TrueReward(shop, new Rules(shop), customers);
    }

    private static Failure.Invalid invalid(Path mark, String problem) {
        return new Failure.Invalid(
                "spec.data_path",
                "SAMPLE_MISMATCH",
                mark + " " + problem + "; remove it to use the folder as an ordinary data set",
                Map.of("file", mark.toString()));
    }
}
