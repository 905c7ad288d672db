package dev.lea.serving;

/// Argument checks whose message names the argument, the bound and the value.
public final class Checks {
    private Checks() {}

    /// Returns `value` if it lies in `[min, max]`.
    ///
    /// @throws IllegalArgumentException otherwise
    public static int inRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + " must be in [" + min + ", " + max + "] but is " + value);
        }
        return value;
    }

    /// Returns `value` if it lies in `[min, max]`, which a NaN never does.
    ///
    /// @throws IllegalArgumentException otherwise
    public static double inRange(String name, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new IllegalArgumentException(
                    name + " must be in [" + min + ", " + max + "] but is " + value);
        }
        return value;
    }

    /// Throws when `condition` does not hold.
    ///
    /// @throws IllegalArgumentException with `message`
    public static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
