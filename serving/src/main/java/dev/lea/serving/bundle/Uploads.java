package dev.lea.serving.bundle;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The uploads of a store: those under way, and those that were cut and may go on.
///
/// ```
/// <random>/                       of a sender who gave no name, or something being deleted; deleted at start
/// <SHA-256 of the name>/          what came of a named upload, while it is under way and after it was cut
/// <SHA-256 of the name>.json      its name and the files that were announced; written first
/// ```
///
/// What is kept of cut uploads survives a restart. It is verified before anything is added to it, so that it need not
/// be synced. At most [#KEPT] are kept, the oldest go first, none longer than [#KEPT_FOR].
final class Uploads {
    /// Cut uploads that are kept.
    static final int KEPT = 4;

    /// How long a cut upload is kept.
    static final Duration KEPT_FOR = Duration.ofDays(1);

    private static final Logger log = LoggerFactory.getLogger(Uploads.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEADER = ".json";

    /// The file beside what came.
    public record Header(String requestId, List<UploadFile> files) {}

    private final Path folder;
    private final Clock clock;
    private final Map<String, Upload> underWay = new HashMap<>(); // guarded by this

    Uploads(Path folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /// Keeps what can go on and deletes the rest.
    synchronized void recover() throws IOException {
        Files.createDirectories(folder);
        try (var list = Files.list(folder)) {
            for (Path path : list.toList()) {
                String name = path.getFileName().toString();
                boolean kept =
                        name.endsWith(HEADER)
                                ? header(path).isPresent()
                                : header(folder.resolve(name + HEADER)).isPresent();
                if (!kept) {
                    Durable.delete(path);
                }
            }
        }
        prune(KEPT);
    }

    Upload begin(ModelStore store, List<UploadFile> files, String requestId, Runnable onEnd) {
        if (requestId.isEmpty()) {
            return start(store, trash(), files, requestId, onEnd);
        }
        while (true) {
            endOf(requestId);
            synchronized (this) {
                if (!underWay.containsKey(requestId)) {
                    return beginNamed(store, files, requestId, onEnd);
                }
            }
        }
    }

    /// Ends an upload under way, and tells where it goes on.
    UploadPosition resume(String requestId) {
        endOf(requestId);
        synchronized (this) {
            Path aside = aside(requestId);
            Header header =
                    header(headerOf(aside))
                            .orElseThrow(() ->
                                    new Failure.NotFound(
                                            "UPLOAD_UNKNOWN",
                                            "nothing is kept of an upload with the request_id '"
                                                    + requestId
                                                    + "'",
                                            Map.of("request_id", requestId)));
            return position(aside, header.files());
        }
    }

    /// A new name for something that is on its way out.
    Path trash() {
        return folder.resolve(UUID.randomUUID().toString());
    }

    private Upload beginNamed(
            ModelStore store, List<UploadFile> files, String requestId, Runnable onEnd) {
        Path aside = aside(requestId);
        try {
            boolean same =
                    header(headerOf(aside))
                            .map(header -> header.files().equals(files))
                            .orElse(false);
            if (!same) {
                Durable.delete(aside);
                prune(KEPT - 1);
                var header = new Header(requestId, files);
                Durable.replace(headerOf(aside), JSON.writeValueAsBytes(header));
            }
            Upload upload = start(store, aside, files, requestId, onEnd);
            underWay.put(requestId, upload);
            return upload;
        } catch (IOException e) {
            throw cannotStart(e);
        }
    }

    private Upload start(
            ModelStore store,
            Path aside,
            List<UploadFile> files,
            String requestId,
            Runnable onEnd) {
        try {
            Files.createDirectories(aside);
            return Upload.start(
                    store,
                    aside,
                    files,
                    requestId,
                    upload -> {
                        ended(upload, aside);
                        onEnd.run();
                    });
        } catch (IOException e) {
            throw cannotStart(e);
        }
    }

    /// Called with the upload's lock held.
    private synchronized void ended(Upload upload, Path aside) {
        underWay.remove(upload.requestId(), upload);
        if (!upload.requestId().isEmpty() && !upload.resumable()) {
            try {
                Files.deleteIfExists(headerOf(aside));
            } catch (IOException e) {
                log.warn("{} cannot be deleted yet", headerOf(aside), e);
            }
        }
    }

    /// Ends what is under way. The lock is not held meanwhile: an upload that is just being kept takes its time.
    private void endOf(String requestId) {
        Upload upload;
        synchronized (this) {
            upload = underWay.get(requestId);
        }
        if (upload != null) {
            upload.close();
        }
    }

    /// Deletes the oldest cut uploads until `most` are left.
    private void prune(int most) throws IOException {
        List<Path> headers;
        try (var list = Files.list(folder)) {
            headers =
                    list.filter(path -> path.toString().endsWith(HEADER))
                            .filter(path ->
                                    underWay.keySet().stream()
                                            .map(id -> headerOf(aside(id)))
                                            .noneMatch(path::equals))
                            .sorted(Comparator.comparingLong(Uploads::modified).reversed())
                            .toList();
        }
        for (int i = 0; i < headers.size(); i++) {
            Path header = headers.get(i);
            long age = clock.millis() - modified(header);
            if (i >= most || age > KEPT_FOR.toMillis()) {
                String name = header.getFileName().toString();
                Durable.delete(folder.resolve(name.substring(0, name.length() - HEADER.length())));
                Files.deleteIfExists(header);
            }
        }
    }

    private static long modified(Path path) {
        try {
            return Files.getLastModifiedTime(path).toMillis();
        } catch (IOException e) {
            return 0;
        }
    }

    private static UploadPosition position(Path aside, List<UploadFile> files) {
        for (UploadFile file : files) {
            try {
                Path path = aside.resolve(file.name());
                long size = Files.exists(path) ? Files.size(path) : 0;
                if (size < file.sizeBytes()) {
                    return new UploadPosition(file.name(), size);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + aside, e);
            }
        }
        return UploadPosition.END;
    }

    private static Optional<Header> header(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            Header header = JSON.readValue(file.toFile(), Header.class);
            boolean whole = header != null && header.requestId() != null && header.files() != null;
            return whole ? Optional.of(header) : Optional.empty();
        } catch (IOException e) {
            log.warn("{} cannot be read and its upload cannot go on", file, e);
            return Optional.empty();
        }
    }

    private Path aside(String requestId) {
        return folder.resolve(Sha256.of(requestId.getBytes(StandardCharsets.UTF_8)));
    }

    private static Path headerOf(Path aside) {
        return aside.resolveSibling(aside.getFileName() + HEADER);
    }

    private UncheckedIOException cannotStart(IOException e) {
        return new UncheckedIOException("cannot start an upload in " + folder, e);
    }
}
