package dev.lea.contract;

import dev.lea.serving.bundle.ItemIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The items of both servers: `item-0` to `item-249`, then ids that are hard to carry.
final class Catalogue {
    static final int PLAIN = 250;

    /// 100 characters, so that a history of 10,000 is a megabyte.
    static final String LONG = "long-" + "x".repeat(95);

    private static final List<String> HARD =
            List.of(
                    "späti/ünï côté",
                    "日本語の曲",
                    "emoji 🎧👩‍🚀",
                    "quote\"back\\slash'",
                    "100% of it; a=b&c#d?",
                    "tab\tand\nnewline",
                    " spaces around ",
                    "__proto__",
                    "constructor",
                    LONG);

    static final ItemIndex ITEMS = ItemIndex.of(ids());

    private Catalogue() {}

    private static List<String> ids() {
        List<String> ids = new ArrayList<>();
        IntStream.range(0, PLAIN).mapToObj(i -> "item-" + i).forEach(ids::add);
        ids.addAll(HARD);
        return ids;
    }
}
