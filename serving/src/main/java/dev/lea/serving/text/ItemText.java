package dev.lea.serving.text;

import java.util.Locale;
import java.util.Map;

/// The sentence by which the language model knows an item: its first text column, then each other column by
/// its name. "Stanley Sharpshooter Staples. Brand: Stanley. Categories: Fasteners, Staples." Empty for an item
/// without text.
public final class ItemText {
    /// Letters of a sentence that are kept; what stands further back says little about what a thing is.
    private static final int LONGEST = 1_200;

    private ItemText() {}

    /// @param columns texts by their columns' names, the title first
    public static String sentence(Map<String, String> columns) {
        String all = joined(columns);
        return all.substring(
                0,
                all.offsetByCodePoints(0, Math.min(LONGEST, all.codePointCount(0, all.length()))));
    }

    private static String joined(Map<String, String> columns) {
        var sentence = new StringBuilder();
        columns.forEach((name, value) -> {
            if (value.isBlank()) {
                return;
            }
            if (!sentence.isEmpty()) {
                sentence.append(' ')
                        .append(name.substring(0, 1).toUpperCase(Locale.ROOT))
                        .append(name.substring(1))
                        .append(": ");
            }
            sentence.append(value.strip());
            if (!value.strip().endsWith(".")) {
                sentence.append('.');
            }
        });
        return sentence.toString();
    }
}
