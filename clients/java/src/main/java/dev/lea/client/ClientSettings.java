package dev.lea.client;

import java.time.Duration;

/// How a client waits and repeats.
///
/// @param callDeadline for one unary call with all its attempts
/// @param slowCallDeadline for a call that loads a model: activation, rollback, the end of an upload
/// @param idleTimeout for the next message of a stream, and for room to send the next one
/// @param maxAttempts of a unary call that may be repeated, 1..5; 1 never repeats
/// @param maxMessageBytes largest answer that is accepted, 1 KiB..1 GiB
public record ClientSettings(
        Duration callDeadline,
        Duration slowCallDeadline,
        Duration idleTimeout,
        int maxAttempts,
        int maxMessageBytes) {
    public static final ClientSettings DEFAULT =
            new ClientSettings(
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(2),
                    Duration.ofMinutes(1),
                    4,
                    64 << 20);

    public ClientSettings {
        positive("callDeadline", callDeadline);
        positive("slowCallDeadline", slowCallDeadline);
        positive("idleTimeout", idleTimeout);
        inRange("maxAttempts", maxAttempts, 1, 5);
        inRange("maxMessageBytes", maxMessageBytes, 1 << 10, 1 << 30);
    }

    public ClientSettings withCallDeadline(Duration value) {
        return new ClientSettings(
                value, slowCallDeadline, idleTimeout, maxAttempts, maxMessageBytes);
    }

    public ClientSettings withSlowCallDeadline(Duration value) {
        return new ClientSettings(callDeadline, value, idleTimeout, maxAttempts, maxMessageBytes);
    }

    public ClientSettings withIdleTimeout(Duration value) {
        return new ClientSettings(
                callDeadline, slowCallDeadline, value, maxAttempts, maxMessageBytes);
    }

    public ClientSettings withMaxAttempts(int value) {
        return new ClientSettings(
                callDeadline, slowCallDeadline, idleTimeout, value, maxMessageBytes);
    }

    public ClientSettings withMaxMessageBytes(int value) {
        return new ClientSettings(callDeadline, slowCallDeadline, idleTimeout, maxAttempts, value);
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive() || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + " must be in (0, 1 day] but is " + value);
        }
    }

    private static void inRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    name + " must be in [" + min + ", " + max + "] but is " + value);
        }
    }
}
