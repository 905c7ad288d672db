package dev.lea.serving.rpc;

import dev.lea.proto.repository.v1.FileChunk;
import dev.lea.proto.repository.v1.UploadHeader;
import dev.lea.proto.repository.v1.UploadVersionRequest;
import dev.lea.proto.repository.v1.UploadVersionResponse;
import dev.lea.proto.repository.v1.Version;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.ModelStore;
import dev.lea.serving.bundle.StoredVersion;
import dev.lea.serving.bundle.Upload;
import dev.lea.serving.bundle.UploadFile;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/// One upload on its way in: a header, then chunks. The next message is asked for when the one before it has
/// been written, so that a fast sender waits instead of filling our memory. Messages of one call never
/// overlap.
final class UploadStream implements StreamObserver<UploadVersionRequest> {
    private static final int LARGEST_CHUNK = 1 << 20;

    private final ModelStore store;
    private final Semaphore places;
    private final StreamObserver<UploadVersionResponse> observer;
    private final Function<StoredVersion, Version> describe;
    private final Runnable onKept;

    private boolean begun;
    private Upload
            upload; // null before the header, when the version is kept already, and at the end
    private Optional<StoredVersion> kept = Optional.empty();
    private boolean over;

    UploadStream(
            ModelStore store,
            Semaphore places,
            StreamObserver<UploadVersionResponse> observer,
            Function<StoredVersion, Version> describe,
            Runnable onKept) {
        this.store = store;
        this.places = places;
        this.observer = observer;
        this.describe = describe;
        this.onKept = onKept;
    }

    @Override
    public void onNext(UploadVersionRequest request) {
        if (over) {
            return;
        }
        try {
            switch (request.getPartCase()) {
                case HEADER -> begin(request.getHeader());
                case CHUNK -> append(request.getChunk());
                case PART_NOT_SET ->
                        throw new Failure.Invalid("part", "a message holds a header or a chunk");
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    @Override
    public void onCompleted() {
        if (over) {
            return;
        }
        try {
            if (!begun) {
                throw new Failure.Invalid("header", "the upload ended before its header");
            }
            StoredVersion version = kept.isPresent() ? kept.get() : upload.finish();
            end();
            onKept.run();
            observer.onNext(
                    UploadVersionResponse.newBuilder().setVersion(describe.apply(version)).build());
            observer.onCompleted();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /// The sender has gone.
    @Override
    public void onError(Throwable problem) {
        if (!over) {
            end();
        }
    }

    private void begin(UploadHeader header) {
        if (begun) {
            throw new Failure.Invalid("header", "the header came twice");
        }
        kept = store.uploaded(header.getRequestId());
        if (kept.isEmpty()) {
            if (!places.tryAcquire()) {
                throw new Failure.Overloaded("too many uploads are under way");
            }
            var released = new AtomicBoolean(); // by whoever ends it, or fails to begin it
            Runnable release =
                    () -> {
                        if (!released.getAndSet(true)) {
                            places.release();
                        }
                    };
            try {
                upload = store.begin(files(header), header.getRequestId(), release);
            } catch (RuntimeException e) {
                release.run();
                throw e;
            }
        }
        begun = true;
    }

    private void append(FileChunk chunk) {
        if (!begun) {
            throw new Failure.Invalid("chunk", "the first message must be the header");
        }
        int size = chunk.getData().size();
        if (size < 1 || size > LARGEST_CHUNK) {
            throw new Failure.Invalid(
                    "chunk.data",
                    "chunk.data must hold 1 to %d bytes but holds %d"
                            .formatted(LARGEST_CHUNK, size));
        }
        if (kept.isEmpty()) {
            upload.append(
                    chunk.getFileName(),
                    chunk.getOffsetBytes(),
                    chunk.getData().asReadOnlyByteBuffer());
        }
    }

    private void fail(RuntimeException problem) {
        end();
        Unary.fail(observer, problem);
    }

    private void end() {
        over = true;
        if (upload != null) {
            Upload ended = upload;
            upload = null;
            ended.close();
        }
    }

    private static List<UploadFile> files(UploadHeader header) {
        return header.getFilesList().stream()
                .map(file -> new UploadFile(file.getName(), file.getSizeBytes(), file.getSha256()))
                .toList();
    }
}
