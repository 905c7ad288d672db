package dev.lea.serving.bundle;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

/// Which versions answer, by what they are for. A version is named by its number; 0 stands for none.
///
/// @param live   answers whatever the canary does not
/// @param canary answers a share of the calls; never the live one
/// @param share  of the calls that the canary answers, 0..1; 0 where there is no canary
/// @param shadow is asked too, compared, and never answers; never the live one
public record Aliases(long live, long canary, double share, long shadow) {
    static final Aliases NONE = new Aliases(0, 0, 0, 0);

    public Aliases {
        inRange("share", share, 0, 1);
        require(canary != 0 || share == 0, "a share of " + share + " needs a canary");
        require(canary == 0 || canary != live, "version " + canary + " is live and canary");
        require(shadow == 0 || shadow != live, "version " + shadow + " is live and shadow");
    }

    /// Whether a version has any of the roles.
    public boolean has(long number) {
        return number != 0 && (number == live || number == canary || number == shadow);
    }

    /// A version that becomes live gives its other roles up.
    Aliases withLive(long number) {
        return without(number).andLive(number);
    }

    Aliases withCanary(long number, double share) {
        return new Aliases(live, number, share, shadow);
    }

    Aliases withShadow(long number) {
        return new Aliases(live, canary, share, number);
    }

    /// Ends the roles of a version that is not live.
    Aliases without(long number) {
        return new Aliases(
                live,
                canary == number ? 0 : canary,
                canary == number ? 0 : share,
                shadow == number ? 0 : shadow);
    }

    private Aliases andLive(long number) {
        return new Aliases(number, canary, share, shadow);
    }
}
