package dev.lea.trainer.experiment;

import dev.lea.client.Endpoint;
import dev.lea.serving.config.Configuration;
import dev.lea.serving.config.Program;
import dev.lea.serving.config.Setting;
import dev.lea.serving.config.StartFailure;
import dev.lea.trainer.agent.Algorithm;
import dev.lea.trainer.agent.Architecture;
import dev.lea.trainer.agent.Lea;
import dev.lea.trainer.evaluation.Parts.Protocol;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What is compared.
///
/// @param data        folders of the data sets by name
/// @param protocol    how they are parted
/// @param encoders    at least one
/// @param algorithms  at least one
/// @param variants    of those algorithms that have any; at least one
/// @param seeds       of the agents, at least one
/// @param settings    that replace a preset's: `agent.dropout`, or `GRU4Rec/agent.dropout` for the agents whose
///     label begins with GRU4Rec
/// @param varied      settings with the values to try on the agent that uses most of the LE
/// @param controls    whether the controls are trained
/// @param preset      `default` or `demo`
/// @param seed        of splits that no file gives, and of the LE
/// @param out         folder of everything that is kept
/// @param environment env-server; none: one is started
/// @param threads     agents that are trained at a time
record ExperimentSettings(
        Map<String, Path> data,
        Protocol protocol,
        List<Architecture> encoders,
        List<Algorithm> algorithms,
        List<Lea> variants,
        List<Long> seeds,
        Map<String, String> settings,
        Map<String, List<String>> varied,
        boolean controls,
        String preset,
        long seed,
        Path out,
        Optional<Endpoint> environment,
        int threads) {
    private static final Setting<String> DATA =
            Setting.text("data", null, "Data sets: folders, or name=folder, parted by commas.");
    private static final Setting<String> PROTOCOL =
            Setting.text("protocol", "users", "users (8:1:1) or leave_last_out.");
    private static final Setting<String> ENCODERS =
            Setting.text("encoders", "sasrec,gru4rec", "Encoders, parted by commas.");
    private static final Setting<String> ALGORITHMS =
            Setting.text(
                    "algorithms",
                    "supervised,snqn,sa2c",
                    "supervised, sqn, sac, snqn, sa2c, parted by commas.");
    private static final Setting<String> VARIANTS =
            Setting.text(
                    "variants",
                    "none,les,ler,lesr,lea,leas,lear,leasr",
                    "What snqn and sa2c learn from the LE, parted by commas.");
    private static final Setting<String> SEEDS =
            Setting.text("seeds", "1,2,3,4,5", "Seeds of the agents, parted by commas.");
    private static final Setting<String> SET =
            maybe(
                    "set",
                    "Settings as a run has them, parted by commas: agent.dropout=0.2, or GRU4Rec/agent.dropout=0.2"
                            + " for agents whose label begins so.");
    private static final Setting<String> VARY =
            maybe(
                    "vary",
                    "Settings of which several values are tried: agent.q_weight=0.1:0.5:2, parted by commas.");
    private static final Setting<Boolean> CONTROLS =
            Setting.flag("controls", false, "Also train the controls of the LE's three parts.");
    private static final Setting<String> PRESET =
            Setting.choice(
                    "preset", "default", List.of("default", "demo"), "Preset of all settings.");
    private static final Setting<Integer> SEED =
            Setting.integer(
                    "seed", 1, 0, Integer.MAX_VALUE, "Of splits without a file and of the LE.");
    private static final Setting<Path> OUT =
            Setting.path("out", "data/experiment", "Folder of the results; it goes on from there.");
    private static final Setting<String> ENVIRONMENT =
            maybe("environment", "env-server as host:port; without it one is started.");
    private static final Setting<Integer> THREADS =
            Setting.integer("threads", 2, 1, 256, "Agents that are trained at a time.");

    /// The program's name, purpose and settings.
    static final Program<ExperimentSettings> PROGRAM =
            new Program<>(
                    "experiment",
                    "Compares recommenders over a grid, and reports.",
                    List.of(
                            DATA,
                            PROTOCOL,
                            ENCODERS,
                            ALGORITHMS,
                            VARIANTS,
                            SEEDS,
                            SET,
                            VARY,
                            CONTROLS,
                            PRESET,
                            SEED,
                            OUT,
                            ENVIRONMENT,
                            THREADS),
                    ExperimentSettings::of);

    /// A text that may be left out.
    private static Setting<String> maybe(String name, String what) {
        return new Setting<>(name, "TEXT", "", what, Function.identity());
    }

    private static ExperimentSettings of(Configuration c) {
        List<String> problems = new ArrayList<>();
        var settings =
                new ExperimentSettings(
                        data(c.get(DATA), problems),
                        one(
                                "protocol",
                                c.get(PROTOCOL),
                                Protocol.values(),
                                Protocol::label,
                                problems),
                        each(
                                "encoders",
                                c.get(ENCODERS),
                                Architecture.values(),
                                Enum::name,
                                problems),
                        each(
                                "algorithms",
                                c.get(ALGORITHMS),
                                Algorithm.values(),
                                Enum::name,
                                problems),
                        each(
                                "variants",
                                c.get(VARIANTS),
                                Lea.variants().toArray(Lea[]::new),
                                Lea::name,
                                problems),
                        seeds(c.get(SEEDS), problems),
                        pairs("set", c.get(SET), problems),
                        varied(c.get(VARY), problems),
                        c.get(CONTROLS),
                        c.get(PRESET),
                        c.get(SEED),
                        c.get(OUT),
                        environment(c.get(ENVIRONMENT), problems),
                        c.get(THREADS));
        if (!problems.isEmpty()) {
            throw new StartFailure(problems);
        }
        return settings;
    }

    private static Map<String, Path> data(String text, List<String> problems) {
        Map<String, Path> data = new LinkedHashMap<>();
        for (String part : parts(text)) {
            int equals = part.indexOf('=');
            Path folder = Path.of(part.substring(equals + 1).strip());
            Path last = folder.toAbsolutePath().normalize().getFileName();
            String name =
                    equals > 0
                            ? part.substring(0, equals).strip()
                            : last == null ? "" : last.toString();
            if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
                problems.add(
                        "data: a name is 1 to 64 letters, digits, '.', '_' or '-' but is '"
                                + name
                                + "'");
            } else if (data.putIfAbsent(name, folder) != null) {
                problems.add("data: there are two data sets named " + name);
            }
        }
        if (data.isEmpty()) {
            problems.add("data must name at least one folder");
        }
        return data;
    }

    private static List<Long> seeds(String text, List<String> problems) {
        List<Long> seeds = new ArrayList<>();
        for (String part : parts(text)) {
            try {
                seeds.add(Long.parseLong(part));
            } catch (NumberFormatException e) {
                problems.add("seeds must be whole numbers but one is '" + part + "'");
            }
        }
        if (seeds.isEmpty() || seeds.stream().distinct().count() != seeds.size()) {
            problems.add("seeds must be at least one, each once, but are '" + text + "'");
        }
        return seeds;
    }

    private static Map<String, String> pairs(String name, String text, List<String> problems) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String part : parts(text)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                problems.add(name + " must be name=value but has '" + part + "'");
            } else {
                pairs.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
            }
        }
        return pairs;
    }

    private static Map<String, List<String>> varied(String text, List<String> problems) {
        Map<String, List<String>> varied = new LinkedHashMap<>();
        pairs("vary", text, problems)
                .forEach((name, values) -> varied.put(name, List.of(values.split(":", -1))));
        return varied;
    }

    private static Optional<Endpoint> environment(String text, List<String> problems) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Endpoint.parse(text));
        } catch (IllegalArgumentException e) {
            problems.add("environment: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static <T> List<T> each(
            String name,
            String text,
            T[] values,
            Function<T, String> label,
            List<String> problems) {
        List<T> chosen = new ArrayList<>();
        for (String part : parts(text)) {
            T value = one(name, part, values, label, problems);
            if (value != null && !chosen.contains(value)) {
                chosen.add(value);
            }
        }
        if (chosen.isEmpty()) {
            problems.add(name + " must be at least one");
        }
        return chosen;
    }

    private static <T> T one(
            String name,
            String text,
            T[] values,
            Function<T, String> label,
            List<String> problems) {
        for (T value : values) {
            if (label.apply(value).equalsIgnoreCase(text.strip())) {
                return value;
            }
        }
        problems.add(
                name
                        + " must be of "
                        + String.join(
                                ", ",
                                Arrays.stream(values)
                                        .map(value -> label.apply(value).toLowerCase(Locale.ROOT))
                                        .toList())
                        + " but has '"
                        + text
                        + "'");
        return null;
    }

    /// All of it as people read it, a setting a line.
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        data.forEach((name, folder) -> lines.add("data set " + name + ": " + folder));
        lines.add("protocol: " + protocol.label());
        lines.add("encoders: " + joined(encoders, Architecture::label));
        lines.add("algorithms: " + joined(algorithms, Algorithm::toString));
        lines.add("variants: " + joined(variants, Lea::name));
        lines.add("seeds: " + joined(seeds, Object::toString));
        lines.add("preset: " + preset + ", seed of the LE and of splits: " + seed);
        settings.forEach((name, value) -> lines.add("set " + name + " = " + value));
        varied.forEach((name, values) -> lines.add("vary " + name + ": " + joined(values, v -> v)));
        lines.add("controls: " + (controls ? "yes" : "no"));
        return lines;
    }

    private static <T> String joined(List<T> values, Function<T, String> label) {
        return String.join(", ", values.stream().map(label).toList());
    }

    private static List<String> parts(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
