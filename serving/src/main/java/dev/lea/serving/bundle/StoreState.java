package dev.lea.serving.bundle;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// The durable part of a [ModelStore] that is not bundles: `state.json`.
final class StoreState {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Steps that can be rolled back.
    private static final int PAST = 100;

    /// What is known of a version beside its bundle.
    public record Entry(long createdMillis, String requestId, String refusal) {
        Entry refused(String reason) {
            return new Entry(createdMillis, requestId, reason);
        }
    }

    /// The file's content.
    ///
    /// @param live  number of the live version, 0 for none
    /// @param past  numbers that were live before, the latest last
    /// @param next  number of the next upload
    public record Content(long live, List<Long> past, long next, TreeMap<Long, Entry> versions) {
        static Content empty() {
            return new Content(0, List.of(), 1, new TreeMap<>());
        }

        Content withLive(long number) {
            var stack = new ArrayList<>(past);
            if (live != 0) {
                stack.add(live);
            }
            int old = Math.max(0, stack.size() - PAST);
            return new Content(
                    number, List.copyOf(stack.subList(old, stack.size())), next, versions);
        }

        /// One step back: the latest of the past is live again.
        Content rolledBack() {
            return new Content(past.getLast(), past.subList(0, past.size() - 1), next, versions);
        }

        Content with(long number, Entry entry) {
            var more = new TreeMap<>(versions);
            more.put(number, entry);
            return new Content(live, past, Math.max(next, number + 1), more);
        }

        Content without(long number) {
            var fewer = new TreeMap<>(versions);
            fewer.remove(number);
            return new Content(live, past.stream().filter(n -> n != number).toList(), next, fewer);
        }
    }

    private StoreState() {}

    static Content read(Path file) {
        if (!Files.exists(file)) {
            return Content.empty();
        }
        try {
            return JSON.readValue(file.toFile(), Content.class);
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "STORE_UNREADABLE", file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static void write(Path file, Content content) throws IOException {
        Durable.replace(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(content));
    }
}
