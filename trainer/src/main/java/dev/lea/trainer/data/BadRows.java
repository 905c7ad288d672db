package dev.lea.trainer.data;

import java.util.ArrayList;
import java.util.List;

/// Rows that could not be used.
///
/// @param count of them, in all files
/// @param examples the first few, as "file:line: reason"
public record BadRows(long count, List<String> examples) {
    static final int MAX_EXAMPLES = 10;

    public BadRows {
        examples = List.copyOf(examples);
        if (count < examples.size()) {
            throw new IllegalArgumentException(
                    "count must be at least " + examples.size() + " but is " + count);
        }
    }

    /// Collects bad rows while the files are read.
    static final class Log {
        private long count;
        private final List<String> examples = new ArrayList<>();

        void add(String file, long line, String reason) {
            count++;
            if (examples.size() < MAX_EXAMPLES) {
                examples.add(file + ":" + line + ": " + reason);
            }
        }

        BadRows rows() {
            return new BadRows(count, examples);
        }
    }
}
