package dev.lea.serving.feedback;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Appends entries to a folder of segments. Whoever waits for the disk while it syncs shares the next sync.
///
/// - An entry's future completes only after its bytes were synced; a crash loses none that completed.
/// - A failed write leaves the segment as it was, and the next entries go to another one: what a disk made of a failed
///   sync is not known.
/// - Not more than the limit is written; segments that are taken away make room at once.
/// - One thread writes. It is never interrupted, since that would close its file.
///
/// Safe for any number of threads.
public final class FeedbackLog implements AutoCloseable {
    /// Calls whose repeats are recognised.
    public static final int WINDOW = 65_536;

    private static final int MOST_WAITING = 4_096;
    private static final long MOST_WAITING_BYTES = 64L << 20;
    private static final long MOST_GROUP_BYTES = 8L << 20;
    private static final long COUNT_AGAIN_NANOS = SECONDS.toNanos(1);

    private static final Logger log = LoggerFactory.getLogger(FeedbackLog.class);

    private final Path folder;
    private final FeedbackLimits limits;
    private final Clock clock;
    private final FileChannel folderLock;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(MOST_WAITING);
    private final ReentrantLock lock = new ReentrantLock();
    private final RecentRequests recent; // guarded by lock
    private final Thread writing = Thread.ofPlatform().name("feedback-log").unstarted(this::write);
    private final AtomicLong bytes;
    private final AtomicLong waitingBytes = new AtomicLong();
    private final LongAdder entries = new LongAdder();
    private final LongAdder syncs = new LongAdder();
    private boolean closed; // guarded by lock

    // of the writing thread alone
    private SegmentWriter segment;
    private Instant begun;
    private long nextNumber;
    private long counted;

    /// @param frame null: the end
    private record Waiting(String requestId, ByteBuffer frame, CompletableFuture<Void> kept) {}

    private FeedbackLog(
            Path folder,
            FeedbackLimits limits,
            Clock clock,
            FileChannel folderLock,
            RecentRequests recent,
            long bytes,
            long nextNumber) {
        this.folder = folder;
        this.limits = limits;
        this.clock = clock;
        this.folderLock = folderLock;
        this.recent = recent;
        this.bytes = new AtomicLong(bytes);
        this.nextNumber = nextNumber;
    }

    /// Opens a folder, makes it where it is not there, and cuts off what a writer that died left unfinished.
    ///
    /// @throws UncheckedIOException if it cannot be used, or another writer has it
    /// @throws Failure.Corrupt if its newest segment is none
    public static FeedbackLog open(Path folder, FeedbackLimits limits, Clock clock) {
        try {
            Files.createDirectories(folder);
            FileChannel folderLock = lock(folder);
            try {
                List<Path> found = Segments.of(folder);
                long next = 1;
                if (!found.isEmpty()) {
                    repair(found.getLast());
                    next = Segments.number(found.getLast()) + 1;
                }
                var opened =
                        new FeedbackLog(
                                folder,
                                limits,
                                clock,
                                folderLock,
                                RecentRequests.of(Segments.of(folder), WINDOW),
                                sizeOf(folder),
                                next);
                opened.writing.start();
                return opened;
            } catch (IOException | RuntimeException e) {
                folderLock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /// Keeps an entry.
    ///
    /// @return true once it is on the disk; false where a call of its name is. Cancelling it changes nothing
    /// @throws Failure.Invalid if its name was used for something else
    /// @throws Failure.Overloaded if too much waits for the disk
    /// @throws Failure.Unavailable if the log is closed
    public CompletableFuture<Boolean> record(Entry entry) {
        byte[] text = EntryJson.write(entry);
        if (text.length > Segments.LONGEST) {
            throw new Failure.Invalid(
                    "feedback",
                    "TOO_LARGE",
                    "feedback must take at most %d bytes but takes %d"
                            .formatted(Segments.LONGEST, text.length),
                    Map.of("max", "" + Segments.LONGEST, "value", "" + text.length));
        }
        long fingerprint = EntryJson.fingerprint(entry);
        var waiting =
                new Waiting(entry.requestId(), Segments.frame(text), new CompletableFuture<>());
        lock.lock();
        try {
            if (closed) {
                throw new Failure.Unavailable("CLOSING", "the server is going away");
            }
            var earlier = recent.get(entry.requestId(), fingerprint);
            if (earlier != null) {
                return earlier.kept().thenApply(_ -> false);
            }
            if (waitingBytes.get() > MOST_WAITING_BYTES || !queue.offer(waiting)) {
                throw new Failure.Overloaded("too much feedback waits for the disk");
            }
            waitingBytes.addAndGet(waiting.frame().capacity());
            recent.put(entry.requestId(), new RecentRequests.Call(fingerprint, waiting.kept()));
        } finally {
            lock.unlock();
        }
        return waiting.kept().thenApply(_ -> true);
    }

    /// Bytes in all segments.
    public long bytes() {
        return bytes.get();
    }

    /// Entries that were kept since it was opened.
    public long entries() {
        return entries.sum();
    }

    /// Writes that were synced since it was opened, each for one entry or more.
    public long syncs() {
        return syncs.sum();
    }

    /// Takes no more, and waits until what was taken is on the disk.
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        try {
            queue.put(new Waiting("", null, new CompletableFuture<>()));
            writing.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            folderLock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- the writing thread ----

    private void write() {
        List<Waiting> group = new ArrayList<>();
        boolean more = true;
        while (more) {
            group.clear();
            try {
                Waiting next = queue.take();
                long size = 0;
                while (next != null && next.frame() != null) {
                    group.add(next);
                    size += next.frame().capacity();
                    next = size < MOST_GROUP_BYTES ? queue.poll() : null;
                }
                more = next == null;
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts the writing thread", e);
            }
            waitingBytes.addAndGet(-sizeOf(group));
            keep(group);
        }
        if (segment != null) {
            segment.close();
        }
    }

    private void keep(List<Waiting> group) {
        List<Waiting> fitting = fitting(group);
        if (fitting.isEmpty()) {
            return;
        }
        try {
            var frames = ByteBuffer.allocate((int) sizeOf(fitting));
            fitting.forEach(waiting -> frames.put(waiting.frame()));
            segment().append(frames.flip());
            bytes.addAndGet(frames.capacity());
            syncs.increment();
            entries.add(fitting.size());
            fitting.forEach(waiting -> waiting.kept().complete(null));
        } catch (IOException | RuntimeException e) {
            log.error("feedback cannot be written to {}", folder, e);
            if (segment != null) {
                segment.close();
                segment = null;
            }
            refuse(
                    fitting,
                    new Failure.Unavailable(
                            "FEEDBACK_UNWRITABLE",
                            "feedback cannot be written: " + e.getMessage()));
        }
    }

    /// Those for which there is room; the others are refused.
    private List<Waiting> fitting(List<Waiting> group) {
        long size = sizeOf(group);
        if (bytes.get() + size > limits.totalBytes() - Segments.MAGIC.length
                && (counted == 0 || System.nanoTime() - counted > COUNT_AGAIN_NANOS)) {
            counted = System.nanoTime();
            try {
                bytes.set(sizeOf(folder));
            } catch (IOException e) {
                log.warn("{} cannot be looked through", folder, e);
            }
        }
        List<Waiting> fitting = new ArrayList<>();
        List<Waiting> others = new ArrayList<>();
        long room = limits.totalBytes() - Segments.MAGIC.length - bytes.get();
        for (Waiting waiting : group) {
            boolean fits = waiting.frame().capacity() <= room;
            (fits ? fitting : others).add(waiting);
            room -= fits ? waiting.frame().capacity() : 0;
        }
        if (!others.isEmpty()) {
            refuse(
                    others,
                    new Failure.Conflict(
                            "FEEDBACK_FULL",
                            "feedback may take %d bytes and takes %d; move the older segments away, or let it take more"
                                    .formatted(limits.totalBytes(), bytes.get()),
                            Map.of(
                                    "bytes", Long.toString(bytes.get()),
                                    "max_bytes", Long.toString(limits.totalBytes()))));
        }
        return fitting;
    }

    private SegmentWriter segment() throws IOException {
        if (segment != null
                && (segment.size() >= limits.segmentBytes()
                        || !clock.instant().isBefore(begun.plus(limits.segmentAge())))) {
            segment.close();
            segment = null;
        }
        if (segment == null) {
            segment = SegmentWriter.create(Segments.file(folder, nextNumber++));
            begun = clock.instant();
            bytes.addAndGet(segment.size());
        }
        return segment;
    }

    private void refuse(List<Waiting> refused, Failure failure) {
        lock.lock();
        try {
            refused.forEach(waiting -> recent.remove(waiting.requestId()));
        } finally {
            lock.unlock();
        }
        refused.forEach(waiting -> waiting.kept().completeExceptionally(failure));
    }

    private static long sizeOf(List<Waiting> group) {
        return group.stream().mapToLong(waiting -> waiting.frame().capacity()).sum();
    }

    // ---- the folder ----

    private static FileChannel lock(Path folder) throws IOException {
        var channel =
                FileChannel.open(
                        folder.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // held by this very process
        }
        channel.close();
        throw new IOException("it is in use by another server");
    }

    private static void repair(Path newest) throws IOException {
        try (var reader = SegmentReader.open(newest)) {
            while (reader.next().isPresent()) {
                // to the end
            }
            if (reader.damage().isEmpty()) {
                return;
            }
            if (reader.position() == 0 && Files.size(newest) > Segments.MAGIC.length) {
                throw new Failure.Corrupt("FEEDBACK_UNREADABLE", newest + ": " + reader.damage());
            }
            log.warn(
                    "{}: cut off the last {} bytes, which were never acknowledged: {}",
                    newest.getFileName(),
                    reader.rest(),
                    reader.damage());
            if (reader.position() == 0) {
                Files.delete(newest);
                SegmentWriter.syncFolder(newest.getParent());
            } else {
                SegmentWriter.cut(newest, reader.position());
            }
        }
    }

    private static long sizeOf(Path folder) throws IOException {
        long size = 0;
        for (Path file : Segments.of(folder)) {
            try {
                size += Files.size(file);
            } catch (NoSuchFileException e) {
                // moved away just now
            }
        }
        return size;
    }
}
