package dev.lea.serving.rpc;

import com.google.protobuf.ByteString;
import dev.lea.proto.repository.v1.DownloadRevisionResponse;
import dev.lea.proto.repository.v1.UploadRevisionRequest;
import dev.lea.proto.repository.v1.UploadRevisionResponse;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Revision;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;

/// A catalogue revision on its way out, and in.
final class RevisionStreams {
    private static final int CHUNK = 1 << 20;
    private static final int LARGEST = 1 << 30;

    private RevisionStreams() {}

    static void send(Revisions revisions, StreamObserver<DownloadRevisionResponse> observer) {
        try {
            byte[] content = revisions.current().toBytes();
            for (int from = 0; from < content.length; from += CHUNK) {
                observer.onNext(
                        DownloadRevisionResponse.newBuilder()
                                .setData(
                                        ByteString.copyFrom(
                                                content,
                                                from,
                                                Math.min(CHUNK, content.length - from)))
                                .build());
            }
            observer.onCompleted();
        } catch (RuntimeException e) {
            Unary.fail(observer, e);
        }
    }

    /// Gathers the pieces, then applies the whole.
    static final class Receiver implements StreamObserver<UploadRevisionRequest> {
        private final Revisions revisions;
        private final StreamObserver<UploadRevisionResponse> observer;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private boolean over;

        Receiver(Revisions revisions, StreamObserver<UploadRevisionResponse> observer) {
            this.revisions = revisions;
            this.observer = observer;
        }

        @Override
        public void onNext(UploadRevisionRequest request) {
            if (over) {
                return;
            }
            int size = request.getData().size();
            if (size < 1 || size > CHUNK || content.size() + (long) size > LARGEST) {
                over = true;
                Unary.fail(
                        observer,
                        new Failure.Invalid(
                                "data",
                                "data must hold 1 to %d bytes, %d in all, but holds %d after %d"
                                        .formatted(CHUNK, LARGEST, size, content.size())));
                return;
            }
            content.writeBytes(request.getData().toByteArray());
        }

        @Override
        public void onError(Throwable problem) {
            over = true;
        }

        @Override
        public void onCompleted() {
            if (over) {
                return;
            }
            Unary.reply(
                    observer,
                    () -> {
                        Revision revision = Revision.of(content.toByteArray());
                        return UploadRevisionResponse.newBuilder()
                                .setModel(ModelVersions.toProto(revisions.take(revision)))
                                .setRevision(revision.number())
                                .build();
                    });
        }
    }
}
