package dev.lea.trainer.llm.huggingface;

import dev.lea.serving.Failure;
import dev.lea.trainer.llm.LlamaConfig;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.LlmSpec;
import dev.lea.trainer.llm.Precision;
import dev.lea.trainer.llm.StoredWeights;
import dev.lea.trainer.net.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A Hugging Face model directory that was looked over and can be imported. Its weights are mapped until it is
/// closed; the elements are read, and checked to be finite, while they are imported.
public final class HuggingFaceModel implements AutoCloseable {
    private static final long BESIDE_WEIGHTS = 64 << 20; // tokenizer, graph, probes and padding

    private final Path folder;
    private final HuggingFaceConfig config;
    private final TokenizerFile tokenizer;
    private final Shards shards;
    private final TensorNames.Paired tensors;

    private HuggingFaceModel(
            Path folder,
            HuggingFaceConfig config,
            TokenizerFile tokenizer,
            Shards shards,
            TensorNames.Paired tensors) {
        this.folder = folder;
        this.config = config;
        this.tokenizer = tokenizer;
        this.shards = shards;
        this.tensors = tensors;
    }

    /// @throws Failure if anything is missing, corrupt or not supported
    public static HuggingFaceModel open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw CheckpointFailures.missing(folder + " is no folder");
        }
        Path file = folder.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw CheckpointFailures.missing(
                    folder + " has no config.json; it is no Hugging Face model directory");
        }
        HuggingFaceConfig config;
        try {
            config = HuggingFaceConfig.parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        TokenizerFile tokenizer = TokenizerFile.open(folder, config);
        Shards shards = Shards.open(folder);
        try {
            return new HuggingFaceModel(
                    folder,
                    config,
                    tokenizer,
                    shards,
                    TensorNames.pair(config.sizes(), shards.tensors()));
        } catch (RuntimeException e) {
            shards.close();
            throw e;
        }
    }

    public String family() {
        return config.family();
    }

    public LlamaConfig config() {
        return config.sizes();
    }

    /// What is odd about it but does no harm.
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>(tokenizer.warnings());
        if (!tensors.ignored().isEmpty()) {
            List<String> ignored = tensors.ignored();
            warnings.add(
                    "%d tensors of the checkpoint are no part of a %s model and were ignored: %s%s"
                            .formatted(
                                    ignored.size(),
                                    config.family(),
                                    String.join(
                                            ", ", ignored.subList(0, Math.min(3, ignored.size()))),
                                    ignored.size() > 3 ? ", ..." : ""));
        }
        return warnings;
    }

    /// Writes the model as a bundle. When anything fails, nothing is left of it.
    ///
    /// @param target    folder that does not exist yet
    /// @param blockSize numbers that share a scale; for precisions in blocks
    public LlmBundle write(Path target, Precision precision, int blockSize, Progress progress) {
        LlmSpec.checkBlockSize(blockSize);
        if (Files.exists(target)) {
            throw new Failure.Conflict(
                    "LLM_TARGET_EXISTS",
                    target + " exists already; a bundle is never overwritten",
                    Map.of("target", target.toString()));
        }
        long needed = LlmBundle.bytes(config.sizes(), precision, blockSize) + BESIDE_WEIGHTS;
        requireSpace(target, needed, usable(target));
        Path name = folder.toAbsolutePath().normalize().getFileName();
        return LlmBundle.write(
                target,
                new LlmBundle.Draft(
                        name == null ? config.family() : name.toString(),
                        config.family(),
                        config.sizes(),
                        tensors.sources()::get,
                        tokenizer.json(),
                        TokenizerFile.startToken(config)),
                precision,
                blockSize,
                progress);
    }

    static void requireSpace(Path target, long needed, long usable) {
        if (needed > usable) {
            throw new Failure.Conflict(
                    "DISK_FULL",
                    "%s needs %,d bytes but its disk has %,d free"
                            .formatted(target.resolve(StoredWeights.FILE), needed, usable),
                    Map.of("needed", Long.toString(needed), "usable", Long.toString(usable)));
        }
    }

    /// Free bytes where the target will be: of the nearest folder above it that exists.
    private static long usable(Path target) {
        Path existing = target.toAbsolutePath().normalize();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return Files.getFileStore(existing).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot ask for the free space at " + existing, e);
        }
    }

    @Override
    public void close() {
        shards.close();
    }
}
