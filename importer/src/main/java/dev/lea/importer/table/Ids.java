package dev.lea.importer.table;

/// Which ids can be used: those that a line of a tab-separated file can hold.
public final class Ids {
    /// Longest id, in UTF-16 units.
    public static final int MAX_LENGTH = 512;

    private Ids() {}

    /// Why an id cannot be used, or null. Spaces around it are no part of it.
    ///
    /// @param what "user" or "item"
    public static String problem(String what, String id) {
        if (id == null || id.isBlank()) {
            return "the " + what + " id is empty";
        }
        if (id.length() > MAX_LENGTH) {
            return "the "
                    + what
                    + " id must have at most "
                    + MAX_LENGTH
                    + " characters but has "
                    + id.length();
        }
        for (int at = 0; at < id.length(); at++) {
            char c = id.charAt(at);
            if (Character.isISOControl(c)) {
                return "the %s id holds the control character U+%04X at %d"
                        .formatted(what, (int) c, at + 1);
            }
            if (Character.isSurrogate(c)) {
                boolean pair =
                        Character.isHighSurrogate(c)
                                && at + 1 < id.length()
                                && Character.isLowSurrogate(id.charAt(at + 1));
                if (!pair) {
                    return "the %s id holds half a character, U+%04X, at %d"
                            .formatted(what, (int) c, at + 1);
                }
                at++;
            }
        }
        return null;
    }
}
