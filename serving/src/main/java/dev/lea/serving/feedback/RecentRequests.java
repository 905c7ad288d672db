package dev.lea.serving.feedback;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;

/// The newest calls by their names, so that a repeat is not kept twice. Not safe for threads.
final class RecentRequests {
    private final int most;
    private final SequencedMap<String, Call> calls = new LinkedHashMap<>();

    /// @param kept completes when the call is on the disk, or could not be kept
    record Call(long fingerprint, CompletableFuture<Void> kept) {}

    /// @param most calls that are remembered
    RecentRequests(int most) {
        this.most = most;
    }

    /// Remembers the newest calls of some segments, oldest first.
    static RecentRequests of(List<Path> segments, int most) throws IOException {
        Deque<Map<String, Long>> newestFirst = new ArrayDeque<>();
        int found = 0;
        for (int i = segments.size() - 1; i >= 0 && found < most; i--) {
            Map<String, Long> names = new LinkedHashMap<>();
            try (var reader = SegmentReader.open(segments.get(i))) {
                for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                    names.put(entry.get().requestId(), EntryJson.fingerprint(entry.get()));
                }
            }
            newestFirst.push(names);
            found += names.size();
        }
        var recent = new RecentRequests(most);
        for (Map<String, Long> names : newestFirst) {
            names.forEach((name, fingerprint) ->
                    recent.put(
                            name, new Call(fingerprint, CompletableFuture.completedFuture(null))));
        }
        return recent;
    }

    /// The call of this name; null where there is none.
    ///
    /// @throws Failure.Invalid if that brought something else
    Call get(String requestId, long fingerprint) {
        Call call = calls.get(requestId);
        if (call != null && call.fingerprint() != fingerprint) {
            throw new Failure.Invalid(
                    "request_id",
                    "REQUEST_ID_REUSED",
                    "request_id '%s' was used for other feedback; each call needs its own"
                            .formatted(requestId),
                    Map.of("field", "request_id", "request_id", requestId));
        }
        return call;
    }

    void put(String requestId, Call call) {
        calls.putLast(requestId, call);
        if (calls.size() > most) {
            calls.pollFirstEntry();
        }
    }

    void remove(String requestId) {
        calls.remove(requestId);
    }
}
