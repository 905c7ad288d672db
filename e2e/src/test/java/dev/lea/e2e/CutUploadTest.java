package dev.lea.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.client.LeaChannel;
import dev.lea.client.RepositoryClient;
import dev.lea.e2e.ProgramProcess.Kind;
import dev.lea.proto.repository.v1.Version;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.BundleWriter;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An upload whose server is killed on the way goes on when there is one again.
@Timeout(120)
class CutUploadTest {
    private static final int MODEL_BYTES = 64 << 20;

    @TempDir Path folder;

    @Test
    void upload_serverKilledOnTheWay_goesOnWithTheNextOne() throws Exception {
        Path bundle = bundle();
        String data = "--data-dir=" + folder.resolve("data");
        try (var first = ProgramProcess.start(Kind.AGENT_SERVER, folder, "--port=0", data)) {
            var endpoint = first.endpoint();
            try (var channel = LeaChannel.open(endpoint)) {
                var upload =
                        new FutureTask<Version>(() -> new RepositoryClient(channel).upload(bundle));
                Thread.ofPlatform().start(upload);
                while (received() < MODEL_BYTES / 8) {
                    Thread.onSpinWait();
                }
                first.kill();
                assertThat(upload.isDone()).isFalse();
                long kept = received();
                assertThat(kept).isBetween(MODEL_BYTES / 8L, (long) MODEL_BYTES);
                try (var _ =
                        ProgramProcess.start(
                                Kind.AGENT_SERVER, folder, "--port=" + endpoint.port(), data)) {
                    Version version = upload.get();
                    assertThat(version.getModel().getVersion()).isEqualTo(1);
                    assertThat(new RepositoryClient(channel).upload(bundle)).isEqualTo(version);
                    assertThat(Bundle.open(folder.resolve("data/versions/1")).digest())
                            .isEqualTo(version.getModel().getDigest());
                    assertThat(received()).isZero();
                }
            }
        }
    }

    /// Bytes of the model that the server has of an upload that is not complete.
    private long received() {
        Path uploads = folder.resolve("data/uploads");
        if (!Files.exists(uploads)) {
            return 0;
        }
        try (var tree = Files.walk(uploads)) {
            return tree.filter(path -> path.endsWith(Bundle.MODEL))
                    .mapToLong(path -> path.toFile().length())
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0; // it has just been moved
        }
    }

    private Path bundle() {
        byte[] model = new byte[MODEL_BYTES];
        new Random(1).nextBytes(model);
        try (var writer = BundleWriter.create(folder.resolve("bundle"))) {
            writer.write(Bundle.MODEL, model);
            writer.write(ItemIndex.of(List.of("a", "b")));
            var draft =
                    Manifest.draft(
                            "policy", "policy", List.of(), List.of(), Map.of(), Map.of(), Map.of());
            return writer.commit(draft).folder();
        }
    }
}
