package dev.lea.trainer.llm.command;

import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.LlmSpec;
import dev.lea.trainer.llm.RopeScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// An imported model as a table of two columns.
record ModelTable(LlmBundle bundle) {
    List<String> lines() {
        LlmSpec spec = bundle.spec();
        LlamaConfig config = spec.config();
        List<String[]> rows = new ArrayList<>();
        add(rows, "family", spec.family() + parts(config.parts()));
        add(rows, "parameters", count(Math.round(metric("parameters"))));
        add(rows, "layers", count(config.layers()));
        add(rows, "width", count(config.width()) + ", inner " + count(config.feedForward()));
        add(
                rows,
                "heads",
                "%d of %d, over %d of keys and values"
                        .formatted(config.heads(), config.headDimension(), config.keyValueHeads()));
        add(rows, "vocabulary", count(config.vocabulary()));
        add(rows, "positions", count(config.positions()) + rope(config.ropeScaling()));
        add(rows, "precision", precision(spec));
        add(rows, "weights", size(spec.bytes()));
        add(rows, "bundle", size(bundle.bundle().sizeBytes()));
        var memory = MemoryEstimate.of(spec);
        add(
                rows,
                "memory",
                "about %s to serve, %s a thousand tokens of history; %s while adapters are fitted"
                        .formatted(
                                size(memory.served()),
                                size(1000 * memory.perToken()),
                                size(memory.fitted())));
        add(rows, "digest", bundle.bundle().digest());
        int widest = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
        return rows.stream()
                .map(row -> "  " + row[0] + " ".repeat(widest - row[0].length() + 2) + row[1])
                .toList();
    }

    private double metric(String name) {
        return bundle.bundle().manifest().metrics().getOrDefault(name, 0.0);
    }

    private static void add(List<String[]> rows, String name, String value) {
        rows.add(new String[] {name, value});
    }

    private String precision(LlmSpec spec) {
        String name = spec.precision().toString().toLowerCase(Locale.ROOT);
        return spec.precision().inBlocks()
                ? String.format(
                        Locale.ROOT,
                        "%s in blocks of %d, relative rounding error of a matrix at most %.4f",
                        name,
                        spec.blockSize(),
                        metric("rounding.error"))
                : name;
    }

    private static String parts(LlamaConfig.Parts parts) {
        List<String> names = new ArrayList<>();
        if (parts.inputBias()) {
            names.add("biases of queries, keys, values");
        }
        if (parts.outputBias()) {
            names.add("bias of attention's output");
        }
        if (parts.feedForwardBias()) {
            names.add("biases of the feed-forward");
        }
        if (parts.headNorms()) {
            names.add("norms of queries and keys");
        }
        names.add(parts.ownHead() ? "own output head" : "tied output head");
        return ", " + String.join(", ", names);
    }

    private static String rope(RopeScaling scaling) {
        return scaling.kind() == RopeScaling.Kind.NONE
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", rotary scaling %s by %s",
                        scaling.kind().toString().toLowerCase(Locale.ROOT),
                        scaling.factor());
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /// `812 KiB`, `1.3 GiB`.
    static String size(long bytes) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(
                Locale.ROOT, value >= 10 || unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }
}
