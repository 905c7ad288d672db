package dev.lea.trainer.llm.huggingface;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One safetensors file, mapped: eight bytes with the header's length, little-endian; the header, a JSON object that
/// gives each tensor its `dtype`, `shape` and `data_offsets`; then the data, without gaps.
final class Safetensors {
    private static final int PREFIX = Long.BYTES;
    private static final long LARGEST_HEADER = 100_000_000; // as the format's own reader has it
    private static final ValueLayout.OfLong LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final String file;
    private final Map<String, StoredElements> tensors;

    private Safetensors(String file, Map<String, StoredElements> tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /// @param arena owner of the mapping
    static Safetensors open(Path path, Arena arena) {
        String file = path.getFileName().toString();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < PREFIX) {
                throw CheckpointFailures.corrupt(
                        file, "a safetensors file has at least 8 bytes but this one has " + size);
            }
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            long header = bytes.get(LENGTH, 0);
            if (header < 0 || header > size - PREFIX) {
                throw CheckpointFailures.corrupt(
                        file,
                        "its header is said to have "
                                + Long.toUnsignedString(header)
                                + " bytes but the file has only "
                                + (size - PREFIX)
                                + " after the length");
            }
            if (header > LARGEST_HEADER) {
                throw CheckpointFailures.corrupt(
                        file,
                        "its header may have "
                                + LARGEST_HEADER
                                + " bytes but is said to have "
                                + header);
            }
            byte[] json = bytes.asSlice(PREFIX, header).toArray(ValueLayout.JAVA_BYTE);
            return new Safetensors(
                    file, tensors(file, parse(file, json), bytes.asSlice(PREFIX + header)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    /// Tensors by name.
    Map<String, StoredElements> tensors() {
        return tensors;
    }

    String file() {
        return file;
    }

    private static JsonNode parse(String file, byte[] json) {
        try {
            JsonNode header = JSON.readTree(new String(json, StandardCharsets.UTF_8));
            if (!header.isObject()) {
                throw CheckpointFailures.corrupt(file, "its header is no JSON object");
            }
            return header;
        } catch (JsonProcessingException e) {
            throw CheckpointFailures.corrupt(
                    file, "its header is no JSON: " + e.getOriginalMessage());
        }
    }

    private record Range(String tensor, long begin, long end) {}

    private static Map<String, StoredElements> tensors(
            String file, JsonNode header, MemorySegment data) {
        Map<String, StoredElements> tensors = new LinkedHashMap<>();
        List<Range> ranges = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                JsonNode offsets = entry.getValue().path("data_offsets");
                if (offsets.size() != 2
                        || !offsets.get(0).canConvertToLong()
                        || !offsets.get(1).canConvertToLong()) {
                    throw CheckpointFailures.corrupt(
                            file,
                            "tensor "
                                    + entry.getKey()
                                    + " must have two data_offsets but has "
                                    + offsets);
                }
                ranges.add(
                        new Range(
                                entry.getKey(),
                                offsets.get(0).longValue(),
                                offsets.get(1).longValue()));
            }
        }
        ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
        long expected = 0;
        for (Range range : ranges) {
            if (range.begin() != expected || range.end() < range.begin()) {
                throw CheckpointFailures.corrupt(
                        file,
                        "tensor %s must begin at byte %,d of the data but has data_offsets [%,d, %,d]"
                                .formatted(range.tensor(), expected, range.begin(), range.end()));
            }
            if (range.end() > data.byteSize()) {
                throw CheckpointFailures.corrupt(
                        file,
                        "the file is truncated: tensor %s ends at byte %,d of the data but there are %,d"
                                .formatted(range.tensor(), range.end(), data.byteSize()));
            }
            expected = range.end();
            tensors.put(
                    range.tensor(),
                    StoredElements.of(
                            file,
                            range.tensor(),
                            header.get(range.tensor()),
                            data.asSlice(range.begin(), range.end() - range.begin())));
        }
        if (expected != data.byteSize()) {
            throw CheckpointFailures.corrupt(
                    file,
                    "its tensors end at byte %,d of the data but there are %,d"
                            .formatted(expected, data.byteSize()));
        }
        return tensors;
    }
}
