package dev.lea.trainer.agent;

import static dev.lea.serving.Checks.require;

import java.util.ArrayList;
import java.util.List;

/// Which of the environment's answers an agent learns from (METHOD: S, R, A). Eight variants, by name: `NONE`,
/// `LES`, `LER`, `LESR`, `LEA`, `LEAS`, `LEAR`, `LEASR`.
///
/// @param states  S: the Q head reads the environment's states beside the encoder's own
/// @param rewards R: the environment's rewards take the place of the logged ones, or shape them
/// @param actions A: every transition also learns from positive actions that the log does not hold
public record Lea(boolean states, boolean rewards, boolean actions) {
    public static final Lea NONE = new Lea(false, false, false);
    public static final Lea LEASR = new Lea(true, true, true);

    /// All eight, in the order of the class's first sentence.
    public static List<Lea> variants() {
        List<Lea> variants = new ArrayList<>();
        for (boolean actions : new boolean[] {false, true}) {
            variants.add(new Lea(false, false, actions));
            variants.add(new Lea(true, false, actions));
            variants.add(new Lea(false, true, actions));
            variants.add(new Lea(true, true, actions));
        }
        return variants;
    }

    /// The variant of a name.
    ///
    /// @throws IllegalArgumentException naming the eight
    public static Lea named(String name) {
        return variants().stream()
                .filter(variant -> variant.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "variant must be one of "
                                        + variants().stream().map(Lea::name).toList()
                                        + " but is "
                                        + name));
    }

    /// `NONE`, or `LE` and the letters of what is used.
    public String name() {
        return equals(NONE)
                ? "NONE"
                : "LE" + (actions ? "A" : "") + (states ? "S" : "") + (rewards ? "R" : "");
    }

    /// Whether anything is asked of the environment.
    public boolean asksEnvironment() {
        return !equals(NONE);
    }

    /// Throws where `annotations` are needed and there are none.
    void expect(Annotations annotations) {
        require(
                !asksEnvironment() || annotations != null,
                name() + " learns from the environment and needs its annotations");
    }
}
