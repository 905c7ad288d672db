package dev.lea.environment.model;

/// What is remembered of trunks, and who wants to remember more.
@FunctionalInterface
interface Memory {
    /// Nothing, and nobody.
    Memory NONE = (_, _) -> KeyValues.NOTHING;

    /// The same of every trunk: what they all begin with.
    static Memory of(KeyValues prompt) {
        return (_, _) -> prompt;
    }

    /// Of the trunk of a sequence, seen from item `start`: of its first places, of all, or of more than are asked
    /// about.
    KeyValues of(int[] items, int start);

    /// Whether [#remember] is to be called for this trunk.
    default boolean wants(int[] items, int start) {
        return false;
    }

    /// Takes what was computed of the whole trunk; on the pool's threads.
    default void remember(int[] items, int start, KeyValues keyValues) {}
}
