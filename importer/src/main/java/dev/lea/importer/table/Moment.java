package dev.lea.importer.table;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
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
        Moment common = commonDate(time);
        if (common != null) {
            return common;
        }
        return DECIMAL.matcher(time).matches() ? number(time) : date(time);
    }

    /// Reads `2018-05-20T10:00:00Z` and the like, with a space for the T, without the Z or with up to nine digits of
    /// seconds' parts, as most rows of most files have it; null where a text is another, or no time at all.
    private static Moment commonDate(String text) {
        int length = text.length();
        if (length < 19 || length > 30 || text.charAt(4) != '-' || text.charAt(7) != '-') {
            return null;
        }
        boolean parted = text.charAt(10) == 'T' || text.charAt(10) == ' ';
        if (!parted || text.charAt(13) != ':' || text.charAt(16) != ':') {
            return null;
        }
        int end = text.charAt(length - 1) == 'Z' ? length - 1 : length;
        if (end == 20 || end > 29 || (end > 20 && text.charAt(19) != '.')) {
            return null;
        }
        int year = digits(text, 0, 4);
        int month = digits(text, 5, 7);
        int day = digits(text, 8, 10);
        int hour = digits(text, 11, 13);
        int minute = digits(text, 14, 16);
        int second = digits(text, 17, 19);
        int part = end > 20 ? digits(text, 20, end) : 0;
        if ((year | month | day | hour | minute | second | part) < 0
                || month < 1
                || month > 12
                || day < 1
                || day > 28 // the rest depends on the month
                || hour > 23
                || minute > 59
                || second > 59) {
            return null;
        }
        int nanos = part;
        for (int digit = Math.max(0, end - 20); digit < 9; digit++) {
            nanos *= 10;
        }
        long seconds =
                86_400 * LocalDate.of(year, month, day).toEpochDay()
                        + 3600L * hour
                        + 60L * minute
                        + second;
        return ofDate(seconds, nanos);
    }

    /// The number that is written there, or -1.
    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int at = from; at < to; at++) {
            int digit = text.charAt(at) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = 10 * value + digit;
        }
        return value;
    }

    private static Moment ofDate(long seconds, int nanos) {
        return new Moment(seconds * 1_000_000 + nanos / 1000, nanos % 1000 * 1_000_000, true);
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
            return ofDate(local.toEpochSecond(offset(match.group(8))), nanos);
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
