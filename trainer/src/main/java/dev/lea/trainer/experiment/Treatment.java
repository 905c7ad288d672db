package dev.lea.trainer.experiment;

/// What is done to a cell beside its settings: nothing, a setting that is varied, or a control that takes from the LE's
/// answers what the LE knows.
///
/// @param kind which
/// @param text `agent.q_weight=0.5` where a setting is varied, else empty
record Treatment(Kind kind, String text) {
    static final Treatment NONE = new Treatment(Kind.NONE, "");

    enum Kind {
        NONE(""),
        VARIED(""),
        /// Positive actions drawn uniformly instead of by the LE.
        RANDOM_ACTIONS("random actions"),
        /// The most popular items instead.
        POPULAR_ACTIONS("popular actions"),
        /// Those that item-kNN ranks first instead.
        KNN_ACTIONS("kNN actions"),
        /// Rewards dealt to other transitions.
        SHUFFLED_REWARDS("shuffled rewards"),
        /// States of a language model that never saw the log.
        UNADAPTED_STATES("un-adapted states");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    static Treatment varied(String name, String value) {
        return new Treatment(Kind.VARIED, name + "=" + value);
    }

    static Treatment control(Kind kind) {
        return new Treatment(kind, "");
    }

    boolean isControl() {
        return kind != Kind.NONE && kind != Kind.VARIED;
    }

    /// As tables show it; empty for nothing.
    String label() {
        return kind == Kind.VARIED ? text : kind.label;
    }
}
