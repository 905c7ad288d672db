package dev.lea.importer.table;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// In what times since 1970 are counted.
public enum TimeUnits {
    SECONDS(0),
    MILLISECONDS(3),
    MICROSECONDS(6),
    NANOSECONDS(9);

    private static final Instant EARLIEST = Instant.parse("1990-01-01T00:00:00Z");

    private final int digits;

    TimeUnits(int digits) {
        this.digits = digits;
    }

    /// The unit in which times that end with `newest` can be gone on with: that in which it lies between 1990 and tomorrow,
    /// else microseconds, where these are later than it; empty where they are not.
    public static Optional<TimeUnits> after(Moment newest, Instant now) {
        var time = BigDecimal.valueOf(newest.whole());
        for (TimeUnits unit : values()) {
            if (time.compareTo(unit.number(EARLIEST)) >= 0
                    && time.compareTo(unit.number(now.plus(Duration.ofDays(1)))) <= 0) {
                return Optional.of(unit);
            }
        }
        return time.compareTo(MICROSECONDS.number(EARLIEST)) < 0
                ? Optional.of(MICROSECONDS)
                : Optional.empty();
    }

    /// A time as a number of these.
    String text(Instant time) {
        return number(time).toPlainString();
    }

    private BigDecimal number(Instant time) {
        return BigDecimal.valueOf(time.getEpochSecond())
                .add(BigDecimal.valueOf(time.getNano(), 9))
                .movePointRight(digits)
                .stripTrailingZeros();
    }
}
