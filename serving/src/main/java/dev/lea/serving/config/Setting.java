package dev.lea.serving.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// One thing that a program can be told.
///
/// @param name     kebab case, for instance `max-batch`
/// @param kind     what a value looks like, for the usage text
/// @param fallback the text of the value when none is given; null when one must be given
/// @param what     one sentence for the usage text
/// @param parser   turns the text into the value; throws IllegalArgumentException whose message completes
///                 "`name` ..."
/// @param secret   its value is shown nowhere
public record Setting<T>(
        String name,
        String kind,
        String fallback,
        String what,
        Function<String, T> parser,
        boolean secret) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})(B|KiB|MiB|GiB)");

    public Setting {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a setting's name is kebab case but is " + name);
        }
        requireNonNull(parser, "parser");
    }

    /// One that is no secret.
    public Setting(
            String name, String kind, String fallback, String what, Function<String, T> parser) {
        this(name, kind, fallback, what, parser, false);
    }

    /// A text that is shown nowhere; empty when none is given.
    public static Setting<String> secret(String name, String what) {
        return new Setting<>(name, "TEXT", "", what, text -> text, true);
    }

    /// Any text that is not blank.
    public static Setting<String> text(String name, String fallback, String what) {
        return new Setting<>(
                name,
                "TEXT",
                fallback,
                what,
                text -> check(!text.isBlank(), text, "must not be blank"));
    }

    /// A whole number in `[min, max]`.
    public static Setting<Integer> integer(
            String name, Integer fallback, int min, int max, String what) {
        return new Setting<>(
                name,
                "N",
                fallback == null ? null : fallback.toString(),
                what,
                text -> {
                    try {
                        int value = Integer.parseInt(text);
                        if (value >= min && value <= max) {
                            return value;
                        }
                    } catch (NumberFormatException e) {
                        // the message below serves for both
                    }
                    throw new IllegalArgumentException(
                            "must be a whole number in [%d, %d] but is '%s'"
                                    .formatted(min, max, text));
                });
    }

    /// A number in `[min, max]`.
    public static Setting<Double> decimal(
            String name, Double fallback, double min, double max, String what) {
        return new Setting<>(
                name,
                "X",
                fallback == null ? null : fallback.toString(),
                what,
                text -> {
                    try {
                        double value = Double.parseDouble(text);
                        if (value >= min && value <= max) {
                            return value;
                        }
                    } catch (NumberFormatException e) {
                        // the message below serves for both
                    }
                    throw new IllegalArgumentException(
                            "must be a number in [%s, %s] but is '%s'".formatted(min, max, text));
                });
    }

    /// On or off; as a flag without a value it is on.
    public static Setting<Boolean> flag(String name, boolean fallback, String what) {
        return new Setting<>(
                name,
                "true|false",
                Boolean.toString(fallback),
                what,
                text ->
                        switch (text.toLowerCase(Locale.ROOT)) {
                            case "true" -> true;
                            case "false" -> false;
                            default ->
                                    throw new IllegalArgumentException(
                                            "must be true or false but is '" + text + "'");
                        });
    }

    /// A file or folder; whether it exists is for the program to say.
    public static Setting<Path> path(String name, String fallback, String what) {
        return new Setting<>(name, "PATH", fallback, what, Setting::parsePath);
    }

    /// A file or folder that need not be named.
    public static Setting<Optional<Path>> optionalPath(String name, String what) {
        return new Setting<>(
                name,
                "PATH",
                "",
                what,
                text -> text.isEmpty() ? Optional.empty() : Optional.of(parsePath(text)));
    }

    /// A time span such as `500ms`, `10s`, `2m` or `1h`, in `[min, max]`.
    public static Setting<Duration> duration(
            String name, Duration fallback, Duration min, Duration max, String what) {
        return new Setting<>(
                name,
                "TIME",
                fallback == null ? null : inWords(fallback),
                what,
                text -> {
                    var match = DURATION.matcher(text);
                    if (match.matches()) {
                        long n = Long.parseLong(match.group(1));
                        Duration value =
                                switch (match.group(2)) {
                                    case "ms" -> Duration.ofMillis(n);
                                    case "s" -> Duration.ofSeconds(n);
                                    case "m" -> Duration.ofMinutes(n);
                                    default -> Duration.ofHours(n);
                                };
                        if (value.compareTo(min) >= 0 && value.compareTo(max) <= 0) {
                            return value;
                        }
                    }
                    throw new IllegalArgumentException(
                            "must be a time such as 500ms, 10s, 2m or 1h in [%s, %s] but is '%s'"
                                    .formatted(inWords(min), inWords(max), text));
                });
    }

    /// A number of bytes such as `4KiB` or `16MiB`, in `[min, max]`.
    public static Setting<Long> bytes(String name, Long fallback, long min, long max, String what) {
        return new Setting<>(
                name,
                "SIZE",
                fallback == null ? null : sizeInWords(fallback),
                what,
                text -> {
                    var match = SIZE.matcher(text);
                    if (match.matches()) {
                        long n = Long.parseLong(match.group(1));
                        long value =
                                switch (match.group(2)) {
                                    case "KiB" -> n << 10;
                                    case "MiB" -> n << 20;
                                    case "GiB" -> n << 30;
                                    default -> n;
                                };
                        if (value >= min && value <= max) {
                            return value;
                        }
                    }
                    throw new IllegalArgumentException(
                            "must be a size such as 512B, 4KiB, 16MiB or 1GiB in [%s, %s] but is '%s'"
                                    .formatted(sizeInWords(min), sizeInWords(max), text));
                });
    }

    /// One of some words.
    public static Setting<String> choice(
            String name, String fallback, List<String> words, String what) {
        return new Setting<>(
                name,
                String.join("|", words),
                fallback,
                what,
                text ->
                        check(
                                words.contains(text),
                                text,
                                "must be one of " + String.join(", ", words)));
    }

    /// The environment variable that says the same.
    String variable() {
        return "LEA_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    boolean isFlag() {
        return Arrays.asList(kind.split("\\|")).equals(List.of("true", "false"));
    }

    private static Path parsePath(String text) {
        try {
            return Path.of(check(!text.isBlank(), text, "must not be blank"));
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("must be a path but is '" + text + "'", e);
        }
    }

    private static String check(boolean holds, String text, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule + " but is '" + text + "'");
        }
        return text;
    }

    private static String inWords(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds % 3600 == 0 && seconds > 0) {
            return seconds / 3600 + "h";
        }
        return seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
    }

    private static String sizeInWords(long bytes) {
        int unit = bytes == 0 ? 0 : Math.min(3, Long.numberOfTrailingZeros(bytes) / 10);
        return (bytes >> (10 * unit)) + List.of("B", "KiB", "MiB", "GiB").get(unit);
    }
}
