package dev.lea.importer.store;

/// What an event is.
public enum EventKind {
    /// The data set has no kinds.
    NONE(0, ""),
    CLICK(1, "click"),
    PURCHASE(2, "purchase");

    private final int code;
    private final String label;

    EventKind(int code, String label) {
        this.code = code;
        this.label = label;
    }

    static EventKind of(int code) {
        for (EventKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IllegalArgumentException("there is no kind of event " + code);
    }

    /// In tables.
    int code() {
        return code;
    }

    /// In files.
    public String label() {
        return label;
    }
}
