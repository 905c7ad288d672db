package dev.lea.client;

/// Bounds the repeated calls of one channel to a share of those that succeed, so that clients do not bury a
/// server that is already in trouble.
///
/// Starts full with ten tokens; a repeat takes one, a success gives a tenth back.
final class RetryBudget {
    private static final double FULL = 10;
    private static final double REFUND = 0.1;

    private double tokens = FULL; // guarded by this

    synchronized boolean take() {
        if (tokens < 1) {
            return false;
        }
        tokens -= 1;
        return true;
    }

    synchronized void succeeded() {
        tokens = Math.min(FULL, tokens + REFUND);
    }
}
