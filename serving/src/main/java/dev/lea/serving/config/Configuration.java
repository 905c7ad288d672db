package dev.lea.serving.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/// The values of a program's settings, and where each came from.
public final class Configuration {
    static final Setting<String> FILE =
            Setting.text("config", "", "Properties file with settings of these names.");

    private record Given(String text, String origin) {}

    private final Map<Setting<?>, Object> values = new LinkedHashMap<>();
    private final List<String> lines = new ArrayList<>();

    private Configuration() {}

    /// Reads all settings.
    ///
    /// @param environment the process's environment variables
    /// @throws StartFailure naming every problem there is
    public static Configuration read(
            List<Setting<?>> settings, List<String> arguments, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        Map<String, Given> flags = flags(settings, arguments, problems);
        Map<String, Given> given = new HashMap<>();
        String file = environment.get(FILE.variable());
        if (flags.containsKey(FILE.name())) {
            file = flags.get(FILE.name()).text();
        }
        if (file != null) {
            given.putAll(properties(settings, file, problems));
        }
        for (Setting<?> setting : settings) {
            String text = environment.get(setting.variable());
            if (text != null) {
                given.put(setting.name(), new Given(text, setting.variable()));
            }
        }
        given.putAll(flags);

        var configuration = new Configuration();
        for (Setting<?> setting : settings) {
            configuration.put(setting, given.get(setting.name()), problems);
        }
        if (!problems.isEmpty()) {
            throw new StartFailure(problems);
        }
        return configuration;
    }

    /// The value of a setting that was read.
    @SuppressWarnings("unchecked") // `put` pairs each setting with what its own parser gave
    public <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        if (value == null) {
            throw new IllegalArgumentException(
                    setting.name() + " is not a setting of this program");
        }
        return (T) value;
    }

    /// What is in effect, a line a setting, with where it came from.
    public List<String> lines() {
        return List.copyOf(lines);
    }

    private void put(Setting<?> setting, Given given, List<String> problems) {
        String text = given == null ? setting.fallback() : given.text();
        String origin = given == null ? "default" : given.origin();
        if (text == null) {
            problems.add(
                    "--%s (or %s) must be given: %s"
                            .formatted(setting.name(), setting.variable(), setting.what()));
            return;
        }
        try {
            values.put(setting, setting.parser().apply(text));
            lines.add("%s = %s (%s)".formatted(setting.name(), text, origin));
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
                problems.add("unknown flag --" + name + nearest(settings, name));
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
                problems.add("unknown setting " + name + " in " + file + nearest(settings, name));
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

    /// A hint for a slip of the finger.
    private static String nearest(List<Setting<?>> settings, String name) {
        for (Setting<?> setting : settings) {
            if (distance(setting.name(), name) <= 2) {
                return "; did you mean " + setting.name() + "?";
            }
        }
        return "";
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
