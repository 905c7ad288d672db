package dev.lea.serving.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/// The values of a program's settings, and where each came from.
public final class Configuration {
    static final Setting<String> FILE =
            Setting.text("config", "", "Properties file with settings of these names.");

    private static final String PREFIX = "LEA_";

    /// Variables with our prefix that are not settings of a program: those of the launcher, of the process that starts
    /// one, and of the clients.
    private static final Set<String> OF_OTHERS =
            Set.of(
                    "LEA_PARENT",
                    "LEA_JAVA_OPTS",
                    "LEA_NO_BUILD",
                    "LEA_CONTRACT",
                    "LEA_ENVIRONMENT",
                    "LEA_AGENT",
                    "LEA_TRAINER",
                    "LEA_ITEMS");

    private record Given(String text, String origin) {}

    /// Of a setting whose text is wrong; that has been told.
    private static final class Missing extends IllegalArgumentException {
        Missing(Setting<?> setting) {
            super(setting.name() + " has no value");
        }
    }

    private final Map<Setting<?>, Optional<Object>> values = new LinkedHashMap<>();
    private final List<String> lines = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private Configuration() {}

    /// One setting's value, without a look at the others.
    ///
    /// @throws IllegalArgumentException if its text is wrong
    static <T> T peek(Setting<T> setting, List<String> arguments, Map<String, String> environment) {
        return read(List.of(setting), arguments, environment).get(setting);
    }

    /// Reads all settings. What is wrong with them is told by [#make].
    ///
    /// @param environment the process's environment variables
    public static Configuration read(
            List<Setting<?>> settings, List<String> arguments, Map<String, String> environment) {
        var configuration = new Configuration();
        List<String> problems = configuration.problems;
        Map<String, Given> flags = flags(settings, arguments, problems);
        Map<String, Given> given = new HashMap<>();
        String file = environment.get(FILE.variable());
        if (flags.containsKey(FILE.name())) {
            file = flags.get(FILE.name()).text();
        }
        if (file != null) {
            given.putAll(properties(settings, file, problems));
        }
        given.putAll(variables(settings, environment, problems));
        given.putAll(flags);
        for (Setting<?> setting : settings) {
            configuration.put(setting, given.get(setting.name()));
        }
        return configuration;
    }

    /// Makes a program's settings of the values.
    ///
    /// @param reader throws IllegalArgumentException, or StartFailure, where values contradict each other
    /// @throws StartFailure naming every problem there is
    public <T> T make(Function<Configuration, T> reader) {
        T made = part(() -> reader.apply(this));
        if (!problems.isEmpty()) {
            throw new StartFailure(problems);
        }
        return made;
    }

    /// The value of a setting that was read.
    @SuppressWarnings("unchecked") // `put` pairs each setting with what its own parser gave
    public <T> T get(Setting<T> setting) {
        Optional<Object> value = values.get(setting);
        if (value == null) {
            throw new IllegalStateException(setting.name() + " is not a setting of this program");
        }
        return (T) value.orElseThrow(() -> new Missing(setting));
    }

    /// Makes a part of a program's settings. Where its values contradict each other that is told with all other problems,
    /// the program does not start, and the part is null; so a reader makes its parts first.
    ///
    /// @param part throws IllegalArgumentException, in a sentence for the person
    public <T> T part(Supplier<T> part) {
        try {
            return part.get();
        } catch (Missing e) {
            return null; // told already
        } catch (StartFailure e) {
            problems.addAll(e.problems());
            return null;
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
            return null;
        }
    }

    /// What is in effect, a line a setting, with where it came from.
    public List<String> lines() {
        return List.copyOf(lines);
    }

    private void put(Setting<?> setting, Given given) {
        values.put(setting, Optional.empty());
        String text = given == null ? setting.fallback() : given.text();
        String origin = given == null ? "default" : given.origin();
        if (text == null) {
            problems.add(
                    "--%s (or %s) must be given: %s"
                            .formatted(setting.name(), setting.variable(), setting.what()));
            return;
        }
        try {
            values.put(setting, Optional.of(setting.parser().apply(text)));
            String shown = text.isEmpty() ? "not given" : setting.secret() ? "***" : text;
            lines.add("%s = %s (%s)".formatted(setting.name(), shown, origin));
        } catch (IllegalArgumentException e) {
            problems.add("%s %s (%s)".formatted(setting.name(), e.getMessage(), origin));
        }
    }

    private static Map<String, Given> flags(
            List<Setting<?>> settings, List<String> arguments, List<String> problems) {
        Map<String, Given> flags = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("--")) {
                problems.add("'" + argument + "' is not a flag; flags start with --");
                continue;
            }
            int equals = argument.indexOf('=');
            String name = argument.substring(2, equals < 0 ? argument.length() : equals);
            Setting<?> setting = find(settings, name);
            String text;
            if (setting == null) {
                problems.add("unknown flag --" + name + nearest(names(settings), name));
                if (equals < 0
                        && i + 1 < arguments.size()
                        && !arguments.get(i + 1).startsWith("--")) {
                    i++; // its value, most likely
                }
                continue;
            } else if (equals >= 0) {
                text = argument.substring(equals + 1);
            } else if (setting.isFlag()
                    && (i + 1 == arguments.size() || arguments.get(i + 1).startsWith("--"))) {
                text = "true";
            } else if (i + 1 < arguments.size()) {
                text = arguments.get(++i);
            } else {
                problems.add("--" + name + " needs a value");
                continue;
            }
            if (flags.put(name, new Given(text, "--" + name)) != null) {
                problems.add("--" + name + " is given twice");
            }
        }
        return flags;
    }

    private static Map<String, Given> variables(
            List<Setting<?>> settings, Map<String, String> environment, List<String> problems) {
        Map<String, Given> given = new HashMap<>();
        List<String> known = new ArrayList<>(List.of(FILE.variable()));
        for (Setting<?> setting : settings) {
            known.add(setting.variable());
            String text = environment.get(setting.variable());
            if (text != null) {
                given.put(setting.name(), new Given(text, setting.variable()));
            }
        }
        for (String name : new TreeSet<>(environment.keySet())) {
            if (name.startsWith(PREFIX) && !known.contains(name) && !OF_OTHERS.contains(name)) {
                problems.add("unknown variable " + name + nearest(known, name));
            }
        }
        return given;
    }

    private static Map<String, Given> properties(
            List<Setting<?>> settings, String file, List<String> problems) {
        var properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file))) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            problems.add("the configuration file " + file + " cannot be read: " + e);
        }
        Map<String, Given> given = new HashMap<>();
        for (String name : properties.stringPropertyNames()) {
            if (find(settings, name) == null) {
                problems.add(
                        "unknown setting " + name + " in " + file + nearest(names(settings), name));
            }
            given.put(name, new Given(properties.getProperty(name).strip(), file));
        }
        return given;
    }

    private static Setting<?> find(List<Setting<?>> settings, String name) {
        if (name.equals(FILE.name())) {
            return FILE;
        }
        return settings.stream().filter(s -> s.name().equals(name)).findFirst().orElse(null);
    }

    private static List<String> names(List<Setting<?>> settings) {
        return settings.stream().map(Setting::name).toList();
    }

    /// A hint for a slip of the finger.
    private static String nearest(List<String> known, String name) {
        return known.stream()
                .filter(each -> distance(each, name) <= 2)
                .min(Comparator.comparingInt(each -> distance(each, name)))
                .map(each -> "; did you mean " + each + "?")
                .orElse("");
    }

    /// Levenshtein's edit distance.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j - 1], diagonal));
            }
        }
        return row[b.length()];
    }
}
