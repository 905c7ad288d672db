package dev.lea.trainer.llm;

import dev.lea.serving.Failure;
import dev.lea.serving.onnx.ElementType;
import dev.lea.trainer.net.Graph;
import dev.lea.trainer.net.Initial;
import dev.lea.trainer.net.Parameters;
import dev.lea.trainer.net.QuantizedMatrix;
import dev.lea.trainer.net.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Weights in the file `weights.bin` of an imported model. Graphs refer to the file; nothing of it is copied to
/// the heap but what is asked for here.
///
/// A matrix `[in, out]` is one dense tensor of its name, or in blocks: `name.numbers`, `name.scales`,
/// `name.zeros` as [QuantizedMatrix] has them. The embedding in blocks is the matrix `[width, vocabulary]`.
public final class StoredWeights implements ModelWeights {
    /// Name of the file.
    public static final String FILE = "weights.bin";

    static final String NUMBERS = ".numbers";
    static final String SCALES = ".scales";
    static final String ZEROS = ".zeros";

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path folder;
    private final LlmSpec spec;
    private final String digest;
    private final MemorySegment bytes;

    private StoredWeights(Path folder, LlmSpec spec, String digest, MemorySegment bytes) {
        this.folder = folder;
        this.spec = spec;
        this.digest = digest;
        this.bytes = bytes;
    }

    /// Maps the file; the mapping goes when nobody holds these weights any more.
    ///
    /// @throws Failure.Corrupt if the file is shorter than the specification says
    static StoredWeights open(Path folder, LlmSpec spec, String digest) {
        Path file = folder.resolve(FILE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            spec.tensors()
                    .forEach((name, tensor) -> {
                        if (tensor.offset() + tensor.bytes() > size) {
                            throw new Failure.Corrupt(
                                    "LLM_UNREADABLE",
                                    "%s has %,d bytes but %s ends at %,d"
                                            .formatted(
                                                    file,
                                                    size,
                                                    name,
                                                    tensor.offset() + tensor.bytes()));
                        }
                    });
            return new StoredWeights(
                    folder,
                    spec,
                    digest,
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map " + file, e);
        }
    }

    @Override
    public Llama.Weights frozen(Graph graph) {
        return new Constants(graph);
    }

    @Override
    public Parameters parameters() {
        if (spec.precision().inBlocks()) {
            throw new Failure.Conflict(
                    "LLM_FROZEN",
                    "the whole of a model in "
                            + spec.precision()
                            + " cannot be trained; fit adapters (environment.lora_rank above 0), or import"
                            + " the model in fp32",
                    Map.of("precision", spec.precision().toString()));
        }
        long elements = spec.tensors().values().stream().mapToLong(StoredTensor::elements).sum();
        long most = Runtime.getRuntime().maxMemory() / 3;
        if (elements * Float.BYTES > most) {
            throw new Failure.Conflict(
                    "LLM_TOO_LARGE",
                    ("the whole model can be trained where its weights have at most a third of the heap, %,d"
                                    + " bytes, but they have %,d; fit adapters (environment.lora_rank above 0)")
                            .formatted(most, elements * Float.BYTES),
                    Map.of());
        }
        Map<String, Parameters.Array> arrays = new LinkedHashMap<>();
        spec.tensors()
                .forEach((name, tensor) -> {
                    float[] all = new float[Math.toIntExact(tensor.elements())];
                    read(tensor, 0, all);
                    arrays.put(
                            Trained.PREFIX + name, new Parameters.Array(tensor.dimensions(), all));
                });
        return new Parameters(arrays);
    }

    @Override
    public void embedding(int token, float[] into) {
        StoredTensor dense = spec.tensors().get(Llama.EMBEDDING);
        if (dense != null) {
            read(dense, (long) token * into.length, into);
            return;
        }
        StoredTensor numbers = tensor(Llama.EMBEDDING + NUMBERS);
        StoredTensor scales = tensor(Llama.EMBEDDING + SCALES);
        StoredTensor zeros = tensor(Llama.EMBEDDING + ZEROS);
        long blocks = numbers.shape().get(1);
        for (int i = 0; i < into.length; i++) {
            long block = token * blocks + i / spec.blockSize();
            float scale = bytes.get(FLOAT, scales.offset() + Float.BYTES * block);
            into[i] =
                    scale
                            * (unsigned(
                                            numbers.offset()
                                                    + block * spec.blockSize()
                                                    + i % spec.blockSize())
                                    - unsigned(zeros.offset() + block));
        }
    }

    private int unsigned(long offset) {
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset));
    }

    private void read(StoredTensor tensor, long from, float[] into) {
        long offset = tensor.offset() + from * tensor.type().bytes();
        switch (tensor.type()) {
            case FLOAT -> MemorySegment.copy(bytes, FLOAT, offset, into, 0, into.length);
            case FLOAT16 -> {
                for (int i = 0; i < into.length; i++) {
                    into[i] =
                            Float.float16ToFloat(bytes.get(SHORT, offset + (long) i * Short.BYTES));
                }
            }
            case UINT8, INT64, BOOL ->
                    throw new IllegalArgumentException("a " + tensor.type() + " is no float");
        }
    }

    @Override
    public Optional<Path> folder() {
        return Optional.of(folder);
    }

    @Override
    public List<Path> files() {
        return List.of(folder.resolve(FILE));
    }

    @Override
    public String digest() {
        return digest;
    }

    private StoredTensor tensor(String name) {
        StoredTensor tensor = spec.tensors().get(name);
        if (tensor == null) {
            throw new Failure.Corrupt("LLM_UNREADABLE", folder + " has no weight " + name);
        }
        return tensor;
    }

    /// The weights as constants that stay in the file.
    private final class Constants implements Llama.Weights {
        private final Graph graph;

        Constants(Graph graph) {
            this.graph = graph;
        }

        @Override
        public Value tensor(String name, Initial initial, long... shape) {
            Value stored = constant(name, shape);
            return stored.type() == ElementType.FLOAT ? stored : stored.cast(ElementType.FLOAT);
        }

        @Override
        public Value project(Value x, String name, Initial initial, long in, long out) {
            return isInBlocks(name)
                    ? inBlocks(name, in, out).multiply(x)
                    : x.matmul(tensor(name, initial, in, out));
        }

        @Override
        public Value rows(Value ids, String name, Initial initial, long rows, long columns) {
            if (!isInBlocks(name)) {
                Value chosen = constant(name, rows, columns).gather(ids);
                return chosen.type() == ElementType.FLOAT ? chosen : chosen.cast(ElementType.FLOAT);
            }
            StoredTensor numbers = StoredWeights.this.tensor(name + NUMBERS);
            Value flat =
                    graph.constant(
                            Trained.PREFIX + name + ".flat",
                            numbers.type(),
                            region(numbers),
                            rows,
                            numbers.bytes() / rows);
            return inBlocks(name, columns, rows).columns(ids, flat);
        }

        @Override
        public Value products(Value x, String name, Initial initial, long rows, long columns) {
            return isInBlocks(name)
                    ? inBlocks(name, columns, rows).multiply(x)
                    : x.matmul(tensor(name, initial, rows, columns).transposeLast());
        }

        private QuantizedMatrix inBlocks(String name, long in, long out) {
            long blocks = QuantizedMatrix.blocks(in, spec.blockSize());
            long bytesOfBlock = StoredWeights.this.tensor(name + NUMBERS).shape().get(2);
            int bits = Math.toIntExact(bytesOfBlock * Byte.SIZE / spec.blockSize());
            return new QuantizedMatrix(
                    constant(name + NUMBERS, out, blocks, bytesOfBlock),
                    constant(name + SCALES, out, blocks),
                    constant(name + ZEROS, out, Math.ceilDiv(blocks * bits, Byte.SIZE)),
                    bits,
                    spec.blockSize(),
                    in,
                    out);
        }

        private boolean isInBlocks(String name) {
            return spec.tensors().containsKey(name + NUMBERS);
        }

        private Value constant(String name, long... shape) {
            StoredTensor stored = StoredWeights.this.tensor(name);
            if (!java.util.Arrays.equals(shape, stored.dimensions())) {
                throw new Failure.Corrupt(
                        "LLM_UNREADABLE",
                        "weight %s of %s has shape %s but the model needs %s"
                                .formatted(
                                        name,
                                        folder,
                                        stored.shape(),
                                        java.util.Arrays.toString(shape)));
            }
            return graph.constant(Trained.PREFIX + name, stored.type(), region(stored), shape);
        }

        private Graph.FileRegion region(StoredTensor stored) {
            return new Graph.FileRegion(FILE, stored.offset(), stored.bytes());
        }
    }
}
