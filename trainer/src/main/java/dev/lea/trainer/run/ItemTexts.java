package dev.lea.trainer.run;

import dev.lea.trainer.data.Catalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The sentence by which the language model knows an item: its first text column, then each other column by
/// its name. "Stanley Sharpshooter Staples. Brand: Stanley. Categories: Fasteners, Staples." Empty for an item
/// without text.
final class ItemTexts {
    /// Letters of a sentence that are kept; what stands further back says little about what a thing is.
    private static final int LONGEST = 1_200;

    private ItemTexts() {}

    static List<String> of(Catalogue catalogue) {
        List<String> texts = new ArrayList<>(catalogue.size());
        for (int item = 0; item < catalogue.size(); item++) {
            String text = sentence(catalogue.texts(item));
            texts.add(
                    text.substring(
                            0,
                            text.offsetByCodePoints(
                                    0, Math.min(LONGEST, text.codePointCount(0, text.length())))));
        }
        return texts;
    }

    static String sentence(Map<String, String> columns) {
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
