package dev.lea.importer.table;

import org.jsoup.Jsoup;
import org.jsoup.parser.Parser;

/// Texts as the language model should read them: no HTML, no control characters, single spaces, bounded.
public final class CleanText {
    private CleanText() {}

    /// Cleans a text: tags, scripts and styles go, entities become their characters, every run of white space one space;
    /// null becomes empty. What is longer than `most` characters ends at a word.
    public static String of(String raw, int most) {
        if (raw == null || raw.isEmpty()) {
            return "";
        }
        String text = raw;
        if (text.indexOf('<') >= 0) {
            text = Jsoup.parseBodyFragment(text).text();
        } else if (text.indexOf('&') >= 0) {
            text = Parser.unescapeEntities(text, false);
        }
        text = collapsed(text);
        if (text.length() <= most) {
            return text;
        }
        int end = text.lastIndexOf(' ', most);
        end = end > most / 2 ? end : most;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }

    private static String collapsed(String text) {
        var out = new StringBuilder(text.length());
        boolean gap = false;
        for (int at = 0; at < text.length(); ) {
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            if (Character.isWhitespace(c)
                    || Character.isSpaceChar(c)
                    || Character.isISOControl(c)) {
                gap = true;
            } else if (isText(c)) {
                if (gap && !out.isEmpty()) {
                    out.append(' ');
                }
                gap = false;
                out.appendCodePoint(c);
            }
        }
        return out.toString();
    }

    /// False for byte order marks, halves of characters and what Unicode keeps for nobody.
    private static boolean isText(int c) {
        return c != 0xFEFF
                && Character.getType(c) != Character.SURROGATE
                && (c & 0xFFFE) != 0xFFFE
                && !(c >= 0xFDD0 && c <= 0xFDEF);
    }
}
