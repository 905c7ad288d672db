package dev.lea.trainer.experiment;

import dev.lea.serving.Failure;
import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.Algorithm;
import dev.lea.trainer.agent.Architecture;
import dev.lea.trainer.agent.Lea;
import dev.lea.trainer.agent.NamedSettings;
import dev.lea.trainer.experiment.Treatment.Kind;
import dev.lea.trainer.run.RunSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The cells of an experiment: every encoder with every algorithm, those algorithms that learn from the LE with every
/// variant, each with every seed on every data set; then the varied settings and the controls.
final class Grid {
    private static final List<Kind> CONTROLS =
            List.of(
                    Kind.RANDOM_ACTIONS,
                    Kind.POPULAR_ACTIONS,
                    Kind.KNN_ACTIONS,
                    Kind.SHUFFLED_REWARDS,
                    Kind.UNADAPTED_STATES);

    private final ExperimentSettings settings;
    private final List<String> problems = new ArrayList<>();
    private final Set<Cell> cells = new LinkedHashSet<>();

    private Grid(ExperimentSettings settings) {
        this.settings = settings;
    }

    /// All cells, each once, those of one data set together.
    ///
    /// @throws Failure.Invalid naming every problem of the settings
    static List<Cell> of(ExperimentSettings settings) {
        var grid = new Grid(settings);
        settings.data().keySet().forEach(grid::add);
        if (!grid.problems.isEmpty()) {
            throw new Failure.Invalid(
                    "settings",
                    "SETTINGS_INVALID",
                    String.join("; ", new LinkedHashSet<>(grid.problems)),
                    Map.of());
        }
        return List.copyOf(grid.cells);
    }

    private void add(String data) {
        for (Architecture encoder : settings.encoders()) {
            for (Algorithm algorithm : settings.algorithms()) {
                if (!algorithm.learnsFromNegatives()) {
                    add(data, encoder, algorithm, Lea.NONE, Treatment.NONE, Map.of());
                    continue;
                }
                for (Lea variant : settings.variants()) {
                    add(data, encoder, algorithm, variant, Treatment.NONE, Map.of());
                }
                vary(data, encoder, algorithm);
                if (settings.controls()) {
                    control(data, encoder, algorithm);
                }
            }
        }
    }

    private void vary(String data, Architecture encoder, Algorithm algorithm) {
        Lea most =
                settings.variants().stream()
                        .max(Comparator.comparingInt(Grid::parts))
                        .orElse(Lea.NONE);
        settings.varied()
                .forEach((name, values) ->
                        values.forEach(value ->
                                add(
                                        data,
                                        encoder,
                                        algorithm,
                                        most,
                                        Treatment.varied(name, value),
                                        Map.of(name, value))));
    }

    /// Each control with what it is a control of.
    private void control(String data, Architecture encoder, Algorithm algorithm) {
        for (Kind kind : CONTROLS) {
            Lea variant =
                    switch (kind) {
                        case SHUFFLED_REWARDS -> Lea.named("LER");
                        case UNADAPTED_STATES -> Lea.named("LES");
                        default -> Lea.named("LEA");
                    };
            add(data, encoder, algorithm, variant, Treatment.NONE, Map.of());
            add(data, encoder, algorithm, variant, Treatment.control(kind), Map.of());
        }
    }

    private void add(
            String data,
            Architecture encoder,
            Algorithm algorithm,
            Lea variant,
            Treatment treatment,
            Map<String, String> last) {
        for (long seed : settings.seeds()) {
            AgentSettings agent = agent(encoder, algorithm, variant, seed, last);
            if (agent != null) {
                cells.add(new Cell(data, agent, treatment));
            }
        }
    }

    /// Settings of an agent: the preset's, then those set for all, then those set for a label, the longest last.
    private AgentSettings agent(
            Architecture encoder,
            Algorithm algorithm,
            Lea variant,
            long seed,
            Map<String, String> last) {
        Map<String, String> texts = new TreeMap<>(RunSettings.preset(settings.preset()));
        String label =
                encoder.label()
                        + (algorithm.learnsValues() ? "-" + algorithm : "")
                        + (variant.asksEnvironment() ? "-" + variant.name() : "");
        replaced(label).forEach((name, value) -> replace(texts, name, value));
        last.forEach((name, value) -> replace(texts, name, value));
        texts.put("agent.encoder", encoder.name());
        texts.put("agent.algorithm", algorithm.name());
        texts.put("lea.variant", variant.name());
        var named = new NamedSettings(texts, problems);
        AgentSettings agent = named.agent(seed);
        var lea = named.lea();
        if (agent != null && agent.readsItemRows()) {
            problems.add(
                    "agent.head=tokens cannot be compared: every agent would learn from the LE, the base too");
        }
        return agent == null || lea == null || !variant.asksEnvironment()
                ? agent
                : agent.withLea(lea);
    }

    private void replace(Map<String, String> texts, String name, String value) {
        if (!texts.containsKey(name)) {
            problems.add("there is no setting '" + name + "'");
        } else if (List.of("agent.encoder", "agent.algorithm", "lea.variant").contains(name)) {
            problems.add(name + " is what the grid is made of and cannot be set");
        } else {
            texts.put(name, value);
        }
    }

    private Map<String, String> replaced(String label) {
        Map<String, String> replaced = new java.util.LinkedHashMap<>();
        settings.settings().entrySet().stream()
                .filter(entry -> label.startsWith(prefix(entry.getKey())))
                .sorted(Comparator.comparingInt(entry -> prefix(entry.getKey()).length()))
                .forEach(entry ->
                        replaced.put(
                                entry.getKey().substring(entry.getKey().indexOf('/') + 1),
                                entry.getValue()));
        return replaced;
    }

    private static String prefix(String name) {
        return name.substring(0, Math.max(0, name.indexOf('/')));
    }

    private static int parts(Lea variant) {
        return (variant.states() ? 1 : 0)
                + (variant.rewards() ? 1 : 0)
                + (variant.actions() ? 1 : 0);
    }

    /// Settings for the LE: those set for all that are not an agent's, and as many positive actions as any cell uses.
    static Map<String, String> environment(ExperimentSettings settings, List<Cell> cells) {
        Map<String, String> chosen = new TreeMap<>();
        settings.settings()
                .forEach((name, value) -> {
                    String group = name.toLowerCase(Locale.ROOT);
                    if (!group.contains("/")
                            && !group.startsWith("agent.")
                            && !group.startsWith("lea.")) {
                        chosen.put(name, value);
                    }
                });
        int actions =
                cells.stream()
                        .filter(cell -> cell.settings().lea().variant().asksEnvironment())
                        .mapToInt(cell -> cell.settings().lea().positiveActions())
                        .max()
                        .orElse(1);
        chosen.put("lea.positive_actions", Integer.toString(actions));
        return chosen;
    }
}
