package dev.lea.trainer.run;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import dev.lea.serving.Failure;
import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.Algorithm;
import dev.lea.trainer.agent.LeaSettings;
import dev.lea.trainer.agent.NamedSettings;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.environment.EnvironmentSettings;
import dev.lea.trainer.environment.ItemTokenFit;
import dev.lea.trainer.llm.Adapted.LoraConfig;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.Pretraining;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import java.util.stream.Collectors;

/// Every number of a run.
///
/// Made from a preset and single settings that replace its own, by name. All that is wrong with them is said at
/// once.
///
/// @param importedLlm  bundle of the language model that the user brings; empty where one is made
/// @param llm          how the language model is made, where none is brought
/// @param itemTokens   how items get their tokens
/// @param environment  how the LE is fitted
/// @param heldOutUsers users of the validation part, and of the test part, that the LE's report looks at
/// @param heldOutItems share of the items that the LE is not fitted on, to judge it on new ones, in [0, 1)
/// @param annotation   how positive actions are chosen
/// @param supervised   the plain recommender
/// @param base         the reinforcement learner without the LE
/// @param lea          the same with it
public record RunSettings(
        Optional<Path> importedLlm,
        Pretraining.Settings llm,
        ItemTokenFit.Settings itemTokens,
        EnvironmentSettings environment,
        int heldOutUsers,
        double heldOutItems,
        AnnotationSettings annotation,
        AgentSettings supervised,
        AgentSettings base,
        AgentSettings lea) {
    /// How env-server is asked.
    ///
    /// @param candidates items taken by similarity before the reward model chooses
    /// @param inFlight   sequences asked for at a time
    public record AnnotationSettings(int candidates, int inFlight) {
        public AnnotationSettings {
            inRange("candidates", candidates, 1, 1000);
            inRange("in_flight", inFlight, 1, 1024);
        }
    }

    private static final String LLM_PATH = "llm.path";

    private static final Map<String, String> DEFAULT =
            withDefaults(
                    """
                    llm.vocabulary 1500
                    llm.width 64
                    llm.layers 2
                    llm.steps 1200
                    llm.batch 16
                    llm.length 128
                    llm.learning_rate 0.002
                    llm.text_tokens 200
                    item_tokens.epochs 2
                    item_tokens.batch 128
                    item_tokens.micro_batch 0
                    item_tokens.words 48
                    item_tokens.learning_rate 0.05
                    environment.epochs 8
                    environment.most_steps 3000
                    environment.rows 64
                    environment.micro_rows 0
                    environment.learning_rate 0.002
                    environment.context 40
                    environment.user_share 1
                    environment.temperature 0.07
                    environment.reward_weight 3
                    environment.prefixes 2
                    environment.negatives 4
                    environment.item_rate 2.5
                    environment.bias_rate 5
                    environment.item_dropout 0.2
                    environment.sampled_softmax 20000
                    environment.sampled_negatives 1024
                    environment.lora_rank 0
                    environment.lora_alpha 16
                    environment.reference_items 16
                    environment.held_out_users 1000
                    environment.held_out_items 0
                    annotation.candidates 5
                    annotation.in_flight 8
                    threads 2
                    """);

    /// Small and quick, for the bundled sample.
    private static final Map<String, String> DEMO =
            numbers(
                    """
                    llm.vocabulary 900
                    llm.width 48
                    llm.steps 300
                    llm.length 96
                    llm.text_tokens 120
                    environment.context 24
                    environment.epochs 12
                    environment.rows 32
                    environment.reward_weight 5
                    environment.item_dropout 0.3
                    environment.held_out_users 300
                    agent.learning_rate 0.005
                    agent.max_epochs 10
                    agent.patience 3
                    """);

    private static final Map<String, Map<String, String>> PRESETS =
            Map.of("default", Map.of(), "demo", DEMO);

    private static final String PROMPT = "The user chose these items:";
    private static final String ACTION_PROMPT = ":";

    /// Reads a preset with replacements.
    ///
    /// @param preset   empty for the default
    /// @param windows  of the training sequences at a context length, from which epochs become steps
    /// @throws Failure.Invalid naming every problem
    public static RunSettings of(
            String preset, Map<String, String> replaced, long seed, IntToLongFunction windows) {
        List<String> problems = new ArrayList<>();
        boolean known = preset.isEmpty() || PRESETS.containsKey(preset);
        if (!known) {
            problems.add(
                    "preset must be one of "
                            + PRESETS.keySet().stream().sorted().toList()
                            + " but is '"
                            + preset
                            + "'");
        }
        Map<String, String> all = preset(known ? preset : "");
        if (!replaced.getOrDefault(LLM_PATH, "").isEmpty()) {
            all.put("environment.lora_rank", Integer.toString(LoraConfig.DEFAULT.rank()));
        }
        replaced.forEach((name, value) -> {
            if (all.containsKey(name)) {
                all.put(name, value);
            } else {
                problems.add("there is no setting '" + name + "'; " + like(name));
            }
        });
        var numbers = new Numbers(all, problems);
        RunSettings settings = numbers.settings(seed, windows);
        if (!problems.isEmpty()) {
            throw new Failure.Invalid(
                    "spec.settings", "SETTINGS_INVALID", String.join("; ", problems), Map.of());
        }
        return settings;
    }

    /// Checks that the recommenders can be trained on a catalogue.
    ///
    /// @throws Failure.Invalid if it has too few items
    void expectCatalogue(int items) {
        List.of(supervised, base, lea).forEach(agent -> agent.expectCatalogue(items));
    }

    /// The sequences that recommenders learn from: without the items that are held out, where recommenders can know
    /// items otherwise than by their events.
    List<Sequence> trainingPart(Dataset data, HeldOutItems heldOut) {
        return base.readsItemRows() ? heldOut.takenFrom(data.train()) : data.train();
    }

    /// Names and values of a preset that there is; empty for the default.
    public static Map<String, String> preset(String name) {
        Map<String, String> all = new TreeMap<>(DEFAULT);
        all.putAll(PRESETS.get(name.isEmpty() ? "default" : name));
        return all;
    }

    /// The settings of the same group, else the groups: an error has room for few words.
    private static String like(String name) {
        List<String> siblings =
                DEFAULT.keySet().stream()
                        .filter(other -> group(other).equals(group(name)))
                        .toList();
        return siblings.isEmpty()
                ? "they begin with "
                        + DEFAULT.keySet().stream()
                                .map(RunSettings::group)
                                .distinct()
                                .collect(Collectors.joining(", "))
                : "there are " + String.join(", ", siblings);
    }

    private static String group(String name) {
        return name.replaceFirst("\\..*", "");
    }

    private static Map<String, String> withDefaults(String text) {
        Map<String, String> all = numbers(text);
        all.put(LLM_PATH, "");
        all.putAll(NamedSettings.DEFAULTS);
        return all;
    }

    private static Map<String, String> numbers(String text) {
        return text.lines()
                .map(line -> line.split(" "))
                .collect(
                        Collectors.toMap(
                                line -> line[0], line -> line[1], (a, _) -> a, TreeMap::new));
    }

    /// Turns texts into settings and gathers what is wrong.
    private record Numbers(Map<String, String> all, List<String> problems) {
        RunSettings settings(long seed, IntToLongFunction windows) {
            int threads = integer("threads");
            Pretraining.Settings llm =
                    checked(
                            "llm",
                            () ->
                                    new Pretraining.Settings(
                                            integer("llm.vocabulary"),
                                            integer("llm.width"),
                                            integer("llm.layers"),
                                            Math.max(
                                                    integer("llm.length"),
                                                    integer("environment.context") + 64),
                                            integer("llm.steps"),
                                            integer("llm.batch"),
                                            integer("llm.length"),
                                            number("llm.learning_rate"),
                                            integer("llm.text_tokens"),
                                            threads));
            ItemTokenFit.Settings tokens =
                    checked(
                            "item_tokens",
                            () ->
                                    new ItemTokenFit.Settings(
                                            integer("item_tokens.epochs"),
                                            integer("item_tokens.batch"),
                                            integer("item_tokens.micro_batch"),
                                            integer("item_tokens.words"),
                                            integer("llm.text_tokens"),
                                            number("item_tokens.learning_rate"),
                                            threads));
            EnvironmentSettings environment =
                    checked("environment", () -> environment(threads, windows));
            AnnotationSettings annotation =
                    checked(
                            "annotation",
                            () ->
                                    new AnnotationSettings(
                                            integer("annotation.candidates"),
                                            integer("annotation.in_flight")));
            var named = new NamedSettings(all, problems);
            AgentSettings base = named.agent(seed);
            LeaSettings learning = named.lea();
            AgentSettings supervised =
                    base == null ? null : base.withAlgorithm(Algorithm.SUPERVISED);
            AgentSettings lea =
                    base == null || learning == null
                            ? null
                            : checked("lea", () -> learner(base, learning));
            if (annotation != null
                    && learning != null
                    && learning.positiveActions() > annotation.candidates()) {
                problems.add(
                        "lea.positive_actions must be at most annotation.candidates, "
                                + annotation.candidates()
                                + ", but is "
                                + learning.positiveActions());
            }
            return new RunSettings(
                    importedLlm(),
                    llm,
                    tokens,
                    environment,
                    heldOutUsers(),
                    heldOutItems(),
                    annotation,
                    supervised,
                    base,
                    lea);
        }

        private Optional<Path> importedLlm() {
            String path = all.get(LLM_PATH);
            if (path.isEmpty()) {
                return Optional.empty();
            }
            if (!LlmBundle.isIn(path)) {
                problems.add(
                        LLM_PATH
                                + " must be a folder with an imported language model (lea llm import) but is '"
                                + path
                                + "'");
            }
            return Optional.of(Path.of(path));
        }

        private EnvironmentSettings environment(int threads, IntToLongFunction windows) {
            long rows = Math.max(1, integer("environment.rows"));
            double all =
                    windows.applyAsLong(integer("environment.context"))
                            * number("environment.user_share");
            long steps = Math.round(Math.ceil(all * integer("environment.epochs") / rows));
            return new EnvironmentSettings(
                    Math.clamp(steps, 1, Math.max(1, integer("environment.most_steps"))),
                    (int) rows,
                    integer("environment.micro_rows"),
                    number("environment.learning_rate"),
                    integer("environment.context"),
                    number("environment.user_share"),
                    number("environment.temperature"),
                    number("environment.reward_weight"),
                    integer("environment.prefixes"),
                    integer("environment.negatives"),
                    number("environment.item_rate"),
                    number("environment.bias_rate"),
                    number("environment.item_dropout"),
                    integer("environment.sampled_softmax"),
                    integer("environment.sampled_negatives"),
                    new LoraConfig(
                            integer("environment.lora_rank"),
                            number("environment.lora_alpha"),
                            targets()),
                    integer("environment.reference_items"),
                    PROMPT,
                    ACTION_PROMPT,
                    threads);
        }

        private double heldOutItems() {
            double share = number("environment.held_out_items");
            if (!(share >= 0 && share < 1)) {
                problems.add("environment.held_out_items must be in [0, 1) but is " + share);
            }
            return share;
        }

        private int heldOutUsers() {
            int users = integer("environment.held_out_users");
            if (users < 1) {
                problems.add("environment.held_out_users must be 1 or more but is " + users);
            }
            return users;
        }

        private Set<String> targets() {
            return integer("environment.lora_rank") == 0 ? Set.of() : LoraConfig.DEFAULT.targets();
        }

        private static AgentSettings learner(AgentSettings base, LeaSettings learning) {
            require(
                    learning.variant().asksEnvironment(),
                    "lea.variant must learn something from the LE but is none");
            return base.withLea(learning);
        }

        private int integer(String name) {
            try {
                return Integer.parseInt(all.get(name));
            } catch (NumberFormatException e) {
                problems.add(name + " must be a whole number but is '" + all.get(name) + "'");
                return Integer.parseInt(DEFAULT.get(name));
            }
        }

        private double number(String name) {
            try {
                return Double.parseDouble(all.get(name));
            } catch (NumberFormatException e) {
                problems.add(name + " must be a number but is '" + all.get(name) + "'");
                return Double.parseDouble(DEFAULT.get(name));
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
}
