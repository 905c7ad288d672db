package dev.lea.trainer.agent;

import static java.util.function.Function.identity;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Agent settings by name, as people write them: `agent.learning_rate`, `lea.positive_actions`.
///
/// @param texts    values by name, at least those of [#DEFAULTS]
/// @param problems gets a line for each value that cannot be used
public record NamedSettings(Map<String, String> texts, List<String> problems) {
    /// Every name with its default.
    public static final Map<String, String> DEFAULTS =
            """
            agent.encoder sasrec
            agent.algorithm snqn
            agent.head fixed
            agent.hidden 64
            agent.history 10
            agent.dropout 0.3
            agent.embedding_deviation 0.01
            agent.batch 256
            agent.learning_rate by_encoder
            agent.max_epochs 60
            agent.patience 5
            agent.gamma 0.5
            agent.negatives 10
            agent.q_weight 1
            agent.warm_up_epochs 5
            agent.warm_up_updates 0
            agent.actor_learning_rate 0.001
            agent.advantage_limit 10
            agent.smooth 0
            agent.least_ratio 0.1
            agent.greatest_ratio 10
            agent.sampled_above 20000
            agent.sampled_candidates 1024
            agent.sampled_popular 0.5
            lea.variant leasr
            lea.states by_encoder
            lea.state_weight 1
            lea.rewards by_events
            lea.positive_actions 5
            lea.drawn_actions 1
            lea.action_weight 0.1
            """
                    .lines()
                    .map(line -> line.split(" "))
                    .collect(
                            Collectors.collectingAndThen(
                                    Collectors.toMap(
                                            line -> line[0],
                                            line -> line[1],
                                            (a, _) -> a,
                                            TreeMap::new),
                                    java.util.Collections::unmodifiableMap));

    /// What goes with an encoder, by the measurements in docs/lab-log.md.
    private static final String BY_ENCODER = "by_encoder";

    public NamedSettings {
        texts = new TreeMap<>(texts);
        boolean recurrent = "gru4rec".equalsIgnoreCase(texts.get("agent.encoder"));
        boolean tokens = "tokens".equalsIgnoreCase(texts.get("agent.head"));
        texts.replace("agent.learning_rate", BY_ENCODER, recurrent ? "0.003" : "0.001");
        texts.replace(
                "lea.states", BY_ENCODER, tokens ? "join" : recurrent ? "align" : "initialise");
    }

    /// The agent that learns nothing from the environment; null after a problem.
    public AgentSettings agent(long seed) {
        int before = problems.size();
        var encoder =
                checked(
                        "agent",
                        () ->
                                new EncoderSettings(
                                        one("agent.encoder", Architecture.values()),
                                        integer("agent.hidden"),
                                        integer("agent.history"),
                                        number("agent.dropout"),
                                        number("agent.embedding_deviation"),
                                        one("agent.head", ItemHead.values())));
        var q =
                checked(
                        "agent",
                        () ->
                                new QSettings(
                                        number("agent.gamma"),
                                        integer("agent.negatives"),
                                        number("agent.q_weight")));
        var actor =
                checked(
                        "agent",
                        () ->
                                new ActorCriticSettings(
                                        integer("agent.warm_up_epochs"),
                                        integer("agent.warm_up_updates"),
                                        number("agent.actor_learning_rate"),
                                        number("agent.advantage_limit"),
                                        number("agent.smooth"),
                                        number("agent.least_ratio"),
                                        number("agent.greatest_ratio")));
        var sampling =
                checked(
                        "agent",
                        () ->
                                new SamplingSettings(
                                        integer("agent.sampled_above"),
                                        integer("agent.sampled_candidates"),
                                        number("agent.sampled_popular")));
        if (problems.size() > before) {
            return null;
        }
        return checked(
                "agent",
                () ->
                        new AgentSettings(
                                one("agent.algorithm", Algorithm.values()),
                                encoder,
                                q,
                                actor,
                                LeaSettings.NONE,
                                sampling,
                                integer("agent.batch"),
                                number("agent.learning_rate"),
                                integer("agent.max_epochs"),
                                integer("agent.patience"),
                                seed));
    }

    /// How that agent would learn from the environment; null after a problem.
    public LeaSettings lea() {
        return checked(
                "lea",
                () ->
                        new LeaSettings(
                                one("lea.variant", Lea.variants(), Lea::name),
                                one("lea.states", StateUse.values()),
                                number("lea.state_weight"),
                                one("lea.rewards", RewardCombination.values()),
                                integer("lea.positive_actions"),
                                integer("lea.drawn_actions"),
                                number("lea.action_weight")));
    }

    private <E extends Enum<E>> E one(String name, E[] values) {
        return one(name, Arrays.asList(values), Enum::name);
    }

    /// The value of a name, whose case does not count.
    private <T> T one(String name, List<T> values, Function<T, String> label) {
        Map<String, T> named =
                values.stream()
                        .collect(
                                Collectors.toMap(
                                        value -> label.apply(value).toLowerCase(Locale.ROOT),
                                        identity(),
                                        (a, _) -> a,
                                        java.util.LinkedHashMap::new));
        T value = named.get(texts.get(name).toLowerCase(Locale.ROOT));
        if (value == null) {
            throw new IllegalArgumentException(
                    name
                            + " must be one of "
                            + String.join(", ", named.keySet())
                            + " but is '"
                            + texts.get(name)
                            + "'");
        }
        return value;
    }

    private int integer(String name) {
        try {
            return Integer.parseInt(texts.get(name));
        } catch (NumberFormatException e) {
            problems.add(name + " must be a whole number but is '" + texts.get(name) + "'");
            return 1; // not used
        }
    }

    private double number(String name) {
        try {
            return Double.parseDouble(texts.get(name));
        } catch (NumberFormatException e) {
            problems.add(name + " must be a number but is '" + texts.get(name) + "'");
            return 1; // not used
        }
    }

    private <T> T checked(String part, java.util.function.Supplier<T> make) {
        try {
            return make.get();
        } catch (IllegalArgumentException e) {
            problems.add(part + ": " + e.getMessage());
            return null;
        }
    }
}
