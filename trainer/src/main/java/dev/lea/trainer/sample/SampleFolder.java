package dev.lea.trainer.sample;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import dev.lea.trainer.data.CounterRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The sample on disk: `interactions.tsv`, `items.tsv`, `split_811_seed<seed>.tsv` and `sample.json`.
///
/// `sample.json` is written last and names the seed, the version of the rules and the SHA-256 of the other
/// files: with it the truth can be computed again, and it cannot be taken for the truth about other files.
final class SampleFolder {
    static final String MARK = "sample.json";
    static final String INTERACTIONS = "interactions.tsv";
    static final String ITEMS = "items.tsv";

    private static final Pattern NAMES =
            Pattern.compile(
                    "sample\\.json|interactions\\.tsv|items\\.tsv|split_811_seed-?[0-9]+\\.tsv");
    private static final int SHARES = 10;

    private SampleFolder() {}

    static String split(long seed) {
        return "split_811_seed" + seed + ".tsv";
    }

    /// Writes a sample, over an older sample if the folder holds one.
    ///
    /// @throws Failure.Invalid if the folder holds files that are no sample, or cannot be written
    static void write(Sample sample, Path folder) {
        try {
            Files.createDirectories(folder);
            clear(folder);
            Map<String, String> files = files(sample);
            for (var file : files.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
            }
            Files.writeString(folder.resolve(MARK), mark(sample, files));
        } catch (IOException e) {
            throw new Failure.Invalid(
                    "to", "SAMPLE_UNWRITABLE", folder + " cannot be written: " + e, Map.of());
        }
    }

    static String sha256(byte[] bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Removes an older sample, its mark first, so that a half-written folder is never taken for one.
    private static void clear(Path folder) throws IOException {
        List<Path> old;
        try (var entries = Files.list(folder)) {
            old = entries.sorted().toList();
        }
        boolean sample = Files.exists(folder.resolve(MARK));
        for (Path file : old) {
            String name = file.getFileName().toString();
            if (!sample || !NAMES.matcher(name).matches()) {
                throw new Failure.Invalid(
                        "to",
                        "SAMPLE_FOLDER_IN_USE",
                        folder + " must be empty or hold a sample but holds " + name,
                        Map.of("folder", folder.toString(), "file", name));
            }
        }
        Files.deleteIfExists(folder.resolve(MARK));
        for (Path file : old) {
            Files.deleteIfExists(file);
        }
    }

    private static Map<String, String> files(Sample sample) {
        var items = new StringBuilder("item\ttitle\tbrand\tcategory\tdescription\n");
        for (Item item : sample.shop().items()) {
            items.append(item.id()).append('\t').append(item.title()).append('\t');
            items.append(item.brandName()).append('\t').append(item.category()).append('\t');
            items.append(item.description()).append('\n');
        }
        var interactions = new StringBuilder("user\titem\ttimestamp\n");
        for (int c = 0; c < sample.customers().size(); c++) {
            int[] purchases = sample.purchases().get(c);
            for (int t = 0; t < purchases.length; t++) {
                interactions.append(sample.customers().get(c).id()).append('\t');
                interactions.append(sample.shop().item(purchases[t]).id()).append('\t');
                interactions.append(sample.times().get(c)[t]).append('\n');
            }
        }
        Map<String, String> files = new LinkedHashMap<>();
        files.put(INTERACTIONS, interactions.toString());
        files.put(ITEMS, items.toString());
        files.put(split(sample.seed()), parts(sample));
        return files;
    }

    private static String parts(Sample sample) {
        int[] order = new int[sample.customers().size()];
        for (int c = 0; c < order.length; c++) {
            order[c] = c;
        }
        CounterRandom.of(sample.seed(), "sample split", 0).shuffle(order);
        String[] parts = new String[order.length];
        int share = order.length / SHARES;
        for (int i = 0; i < order.length; i++) {
            parts[order[i]] = i < share ? "test" : i < 2 * share ? "valid" : "train";
        }
        var lines = new StringBuilder("user\tsplit\n");
        for (int c = 0; c < parts.length; c++) {
            lines.append(sample.customers().get(c).id()).append('\t').append(parts[c]).append('\n');
        }
        return lines.toString();
    }

    private static String mark(Sample sample, Map<String, String> files) throws IOException {
        Map<String, Object> digests = new LinkedHashMap<>();
        files.forEach(
                (name, text) -> digests.put(name, sha256(text.getBytes(StandardCharsets.UTF_8))));
        Map<String, Object> mark = new LinkedHashMap<>();
        mark.put("about", "Made by lea sample; no real shop, no real customers.");
        mark.put("rules", Rules.VERSION);
        mark.put("seed", sample.seed());
        mark.put("customers", sample.customers().size());
        mark.put(
                "reward",
                "1 / (1 + exp(-(u - 1.5) / 1.5)), u: the utility by which customers choose");
        mark.put("sha256", digests);
        var lf = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        return new ObjectMapper().writer(lf).writeValueAsString(mark) + "\n";
    }
}
