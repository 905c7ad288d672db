package dev.lea.cli.terminal;

/// Colours and weights, or none of them.
///
/// @param coloured false leaves every text as it is
public record Style(boolean coloured) {
    public String bold(String text) {
        return paint("1", text);
    }

    public String dim(String text) {
        return paint("2", text);
    }

    public String good(String text) {
        return paint("32", text);
    }

    public String bad(String text) {
        return paint("31", text);
    }

    public String warning(String text) {
        return paint("33", text);
    }

    public String accent(String text) {
        return paint("36", text);
    }

    /// Places that a text takes on the screen: its code points without the colours.
    public static int width(String text) {
        return text.replaceAll("\u001b\\[[0-9;]*m", "").codePoints().map(c -> 1).sum();
    }

    private String paint(String code, String text) {
        return coloured && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
