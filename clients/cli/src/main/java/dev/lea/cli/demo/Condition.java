package dev.lea.cli.demo;

import java.util.Optional;
import java.util.regex.Pattern;

/// One condition of the LE's gate, as the trainer writes it: a name, the figure, the comparison and the
/// bound, for instance `valid.accuracy.uniform 0.8123 > 0.6700`.
record Condition(String name, double figure, String comparison, double bound) {
    private static final String NUMBER = "(-?[0-9.]+(?:[eE]-?[0-9]+)?|NaN)";
    private static final Pattern TEXT =
            Pattern.compile("(\\S.*?)\\s*[:=]?\\s+" + NUMBER + "\\s+(>=|>)\\s+" + NUMBER + ".*");

    /// Empty for a sentence of another form, which is then shown as it is.
    static Optional<Condition> parse(String text) {
        var matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new Condition(
                            matcher.group(1),
                            Double.parseDouble(matcher.group(2)),
                            matcher.group(3),
                            Double.parseDouble(matcher.group(4))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    boolean isMet() {
        return comparison.equals(">=") ? figure >= bound : figure > bound;
    }
}
