package dev.lea.importer.table;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A time as files have it: a number of whatever unit, or a date, which becomes microseconds since 1970 in UTC.
///
/// @param whole its largest integer not above it
/// @param nanos billionths beyond that, in [0, 1e9)
/// @param date true where it was written as a date
public record Moment(long whole, int nanos, boolean date) {
    private static final Pattern DECIMAL =
            Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?");
    private static final Pattern DATE =
            Pattern.compile(
                    "([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
                            + "(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]{1,9})[0-9]*)?)?)?"
                            + " ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?");
    private static final BigDecimal BEYOND = BigDecimal.TWO.pow(63);

    public Moment {
        if (nanos < 0 || nanos >= 1_000_000_000) {
            throw new IllegalArgumentException("nanos must be in [0, 1e9) but is " + nanos);
        }
    }

    /// Reads a time; null where it is none.
    public static Moment parse(String text) {
        String time = text.strip();
        int length = time.length();
        if (length > 0 && length < 19) {
            long value = 0;
            int at = 0;
            while (at < length && time.charAt(at) >= '0' && time.charAt(at) <= '9') {
                value = 10 * value + time.charAt(at++) - '0';
            }
            if (at == length) {
                return new Moment(value, 0, false);
            }
        }
        return DECIMAL.matcher(time).matches() ? number(time) : date(time);
    }

    private static Moment number(String text) {
        BigDecimal value = new BigDecimal(text);
        if (value.abs().compareTo(BEYOND) >= 0) {
            return null;
        }
        BigDecimal floor = value.setScale(0, RoundingMode.FLOOR);
        int nanos = value.subtract(floor).movePointRight(9).intValue();
        return new Moment(floor.longValueExact(), nanos, false);
    }

    private static Moment date(String text) {
        Matcher match = DATE.matcher(text);
        if (!match.matches()) {
            return null;
        }
        try {
            LocalDateTime local =
                    LocalDateTime.of(
                            part(match, 1),
                            part(match, 2),
                            part(match, 3),
                            part(match, 4),
                            part(match, 5),
                            part(match, 6));
            String fraction = match.group(7) == null ? "" : match.group(7);
            int nanos = Integer.parseInt((fraction + "000000000").substring(0, 9));
            long micros = local.toEpochSecond(offset(match.group(8))) * 1_000_000;
            return new Moment(micros + nanos / 1000, nanos % 1000 * 1_000_000, true);
        } catch (DateTimeException _) {
            return null;
        }
    }

    private static int part(Matcher match, int group) {
        return match.group(group) == null ? 0 : Integer.parseInt(match.group(group));
    }

    private static ZoneOffset offset(String text) {
        return text == null || text.equals("UTC") || text.equals("Z")
                ? ZoneOffset.UTC
                : ZoneOffset.of(text.length() == 3 ? text + ":00" : text);
    }
}
