package dev.lea.trainer.llm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.regex.Pattern;

/// Learns a byte-level byte-pair encoding from texts (Sennrich et al. 2016, on bytes as GPT-2 does), in the
/// format of `tokenizer.json`, so that one library reads it and those of downloaded models alike.
///
/// Starts from the 256 bytes and joins the most frequent adjacent pair of symbols, again and again; ties go
/// to the pair of smaller symbols, so that the result depends on the texts alone. Words are kept apart by
/// GPT-2's pattern, a leading space belonging to its word.
public final class BytePairTraining {
    /// The token that ends a text; id 0.
    public static final String END = "<|end|>";

    private static final Pattern WORDS =
            Pattern.compile(
                    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    private record Pair(int left, int right) {}

    private record Candidate(long count, Pair pair) {
        static final Comparator<Candidate> ORDER =
                Comparator.comparingLong(Candidate::count)
                        .reversed()
                        .thenComparingInt(c -> c.pair().left())
                        .thenComparingInt(c -> c.pair().right());
    }

    private final List<int[]> words = new ArrayList<>();
    private final List<Long> frequencies = new ArrayList<>();
    private final List<String> symbols = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();
    private final Map<Pair, Long> counts = new HashMap<>();
    private final Map<Pair, List<Integer>> places = new HashMap<>();

    private BytePairTraining() {}

    /// Learns at most `vocabulary` tokens, the end token and the 256 bytes among them.
    ///
    /// @return the content of a `tokenizer.json`
    public static String learn(Iterable<String> texts, int vocabulary) {
        if (vocabulary < 257) {
            throw new IllegalArgumentException(
                    "vocabulary must be at least 257 but is " + vocabulary);
        }
        var training = new BytePairTraining();
        training.split(texts);
        training.merge(vocabulary - 1);
        return training.json();
    }

    private void split(Iterable<String> texts) {
        for (int b = 0; b < 256; b++) {
            symbols.add(Character.toString(letter(b)));
        }
        Map<String, Long> found = new LinkedHashMap<>();
        for (String text : texts) {
            var matcher = WORDS.matcher(text);
            while (matcher.find()) {
                found.merge(matcher.group(), 1L, Long::sum);
            }
        }
        found.forEach((word, frequency) -> {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            int[] parts = new int[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                parts[i] = bytes[i] & 0xFF;
            }
            words.add(parts);
            frequencies.add(frequency);
        });
    }

    private void merge(int size) {
        for (int w = 0; w < words.size(); w++) {
            count(w, 1);
        }
        var queue = new PriorityQueue<>(Candidate.ORDER);
        counts.forEach((pair, count) -> queue.add(new Candidate(count, pair)));
        while (symbols.size() < size && !queue.isEmpty()) {
            Candidate best = queue.poll();
            long now = counts.getOrDefault(best.pair(), 0L);
            if (now != best.count()) { // counted again since it was queued
                if (now > 0) {
                    queue.add(new Candidate(now, best.pair()));
                }
                continue;
            }
            if (now < 2) {
                return; // what remains occurs once: nothing to learn from it
            }
            join(best.pair(), queue);
        }
    }

    private void join(Pair pair, PriorityQueue<Candidate> queue) {
        int joined = symbols.size();
        symbols.add(symbols.get(pair.left()) + symbols.get(pair.right()));
        merges.add(symbols.get(pair.left()) + " " + symbols.get(pair.right()));
        var touched = new java.util.TreeSet<>(places.remove(pair));
        for (int w : touched) {
            count(w, -1);
            words.set(w, replaced(words.get(w), pair, joined));
            count(w, 1);
            int[] parts = words.get(w);
            for (int i = 0; i + 1 < parts.length; i++) {
                if (parts[i] == joined || parts[i + 1] == joined) {
                    Pair fresh = new Pair(parts[i], parts[i + 1]);
                    queue.add(new Candidate(counts.get(fresh), fresh));
                }
            }
        }
    }

    private void count(int word, int sign) {
        int[] parts = words.get(word);
        long frequency = frequencies.get(word) * sign;
        for (int i = 0; i + 1 < parts.length; i++) {
            Pair pair = new Pair(parts[i], parts[i + 1]);
            counts.merge(pair, frequency, Long::sum);
            if (sign > 0) {
                places.computeIfAbsent(pair, _ -> new ArrayList<>()).add(word);
            }
        }
    }

    private static int[] replaced(int[] parts, Pair pair, int joined) {
        int[] next = new int[parts.length];
        int size = 0;
        for (int i = 0; i < parts.length; i++) {
            if (i + 1 < parts.length && parts[i] == pair.left() && parts[i + 1] == pair.right()) {
                next[size++] = joined;
                i++;
            } else {
                next[size++] = parts[i];
            }
        }
        return java.util.Arrays.copyOf(next, size);
    }

    private String json() {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        ObjectNode end = root.putArray("added_tokens").addObject();
        end.put("id", 0).put("content", END).put("single_word", false).put("lstrip", false);
        end.put("rstrip", false).put("normalized", false).put("special", true);
        root.putNull("normalizer");
        root.putObject("pre_tokenizer")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        root.putNull("post_processor");
        root.putObject("decoder")
                .put("type", "ByteLevel")
                .put("add_prefix_space", true)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE");
        model.putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode vocabulary = model.putObject("vocab");
        vocabulary.put(END, 0);
        for (int i = 0; i < symbols.size(); i++) {
            vocabulary.put(symbols.get(i), i + 1);
        }
        var list = model.putArray("merges");
        merges.forEach(list::add);
        try {
            return mapper.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tokenizer that is no JSON", e);
        }
    }

    /// The printable letter by which byte-level tokenizers write a byte: itself where it is printable
    /// Latin-1, else the next free letter from 256 on.
    private static int letter(int b) {
        if (printable(b)) {
            return b;
        }
        int rank = 0;
        for (int other = 0; other < b; other++) {
            rank += printable(other) ? 0 : 1;
        }
        return 256 + rank;
    }

    private static boolean printable(int b) {
        return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
    }
}
