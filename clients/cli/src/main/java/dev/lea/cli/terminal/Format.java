package dev.lea.cli.terminal;

import java.time.Duration;
import java.util.Locale;

/// Numbers and texts as people read them.
public final class Format {
    private Format() {}

    /// `12,345`.
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /// `0.0688`; a dash where there is no number.
    public static String metric(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "-";
    }

    /// `0.4 s`, `12.3 s`, `2 min 05 s`.
    public static String seconds(double value) {
        if (value < 60) {
            return String.format(Locale.ROOT, "%.1f s", value);
        }
        long whole = Math.round(value);
        return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
    }

    public static String seconds(Duration value) {
        return seconds(value.toNanos() / 1e9);
    }

    /// `1:05` for what is left of something.
    public static String clock(double seconds) {
        long whole = (long) Math.ceil(seconds);
        if (whole >= 3600) {
            return String.format(
                    Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
        }
        return String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
    }

    /// `41/s`, `0.3/s`.
    public static String rate(double perSecond) {
        return perSecond < 9.95
                ? String.format(Locale.ROOT, "%.1f/s", perSecond)
                : count(Math.round(perSecond)) + "/s";
    }

    /// `1.3 ms`.
    public static String millis(double value) {
        return String.format(Locale.ROOT, "%.1f ms", value);
    }

    /// `812 MiB`.
    public static String mebibytes(long bytes) {
        return count(bytes >> 20) + " MiB";
    }

    /// At most `width` places, without control characters, the cut marked.
    public static String fit(String text, int width) {
        var clean = new StringBuilder();
        text.strip()
                .codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(clean::appendCodePoint);
        if (clean.codePointCount(0, clean.length()) <= width) {
            return clean.toString();
        }
        int end = clean.offsetByCodePoints(0, Math.max(0, width - 1));
        return clean.substring(0, end).stripTrailing() + "…";
    }

    /// Fills up with spaces on the right.
    public static String left(String text, int width) {
        return text + " ".repeat(Math.max(0, width - Style.width(text)));
    }

    /// Fills up with spaces on the left.
    public static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - Style.width(text))) + text;
    }
}
