package dev.lea.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Bytes that are, or nearly are, or are not at all, a message of some type. The same seed makes the same ones.
final class FuzzMessages {
    private static final int DEPTH = 4;
    private static final int MILLION = 1_000_000;
    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        7,
        255,
        256,
        10_000,
        10_001,
        1L << 20,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final double[] DECIMALS = {
        0,
        -0.0,
        1,
        -1,
        0.5,
        1e-40,
        1e30,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.MAX_VALUE,
        Double.MIN_VALUE
    };
    private static final List<String> TEXTS =
            List.of(
                    "",
                    "item-0",
                    "item-1",
                    "item-2",
                    "item-7",
                    "item-499",
                    "item-1999",
                    "nothing",
                    " ",
                    "\u0000",
                    "漢字\uD83D\uDE00",
                    "a/../b",
                    "%00%n%s",
                    "BYTES",
                    "FP32",
                    "INT64",
                    "policy",
                    "environment",
                    "history_item_ids",
                    "item_ids",
                    "candidate_item_ids",
                    "x".repeat(300),
                    "1",
                    "-1",
                    "99999999999999999999",
                    "model.onnx",
                    "manifest.json",
                    "agent.k_weight=NaN",
                    "/dev/zero",
                    "0".repeat(64));

    private final SplittableRandom random;
    private final List<Descriptor> types;

    /// @param types of messages that are sent where another is due
    FuzzMessages(long seed, List<Descriptor> types) {
        this.random = new SplittableRandom(seed);
        this.types = types;
    }

    SplittableRandom random() {
        return random;
    }

    byte[] next(Descriptor type) {
        int dice = random.nextInt(1000);
        if (dice < 500) {
            return message(type, 0).toByteArray();
        }
        if (dice < 750) {
            return mutated(message(type, 0).toByteArray());
        }
        if (dice < 850) {
            return noise(random.nextInt(200));
        }
        if (dice < 940) {
            return message(types.get(random.nextInt(types.size())), 0).toByteArray();
        }
        if (dice < 998) {
            return nested(1 + random.nextInt(300));
        }
        return million(type);
    }

    /// A message of the type, with a nasty value here and there.
    private DynamicMessage message(Descriptor type, int depth) {
        var message = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            if (random.nextInt(4) == 0) {
                continue;
            }
            if (field.isRepeated()) {
                int count = depth > 1 ? random.nextInt(2) : count();
                for (int i = 0; i < count; i++) {
                    message.addRepeatedField(field, value(field, depth));
                }
            } else if (depth < DEPTH || field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                message.setField(field, value(field, depth));
            }
        }
        return message.build();
    }

    private int count() {
        int dice = random.nextInt(100);
        return dice < 90 ? random.nextInt(4) : dice < 99 ? random.nextInt(40) : 300;
    }

    private Object value(FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case INT -> (int) number();
            case LONG -> number();
            case FLOAT -> (float) decimal();
            case DOUBLE -> decimal();
            case BOOLEAN -> random.nextBoolean();
            case STRING -> TEXTS.get(random.nextInt(TEXTS.size()));
            case BYTE_STRING ->
                    random.nextBoolean()
                            ? ByteString.copyFromUtf8(TEXTS.get(random.nextInt(TEXTS.size())))
                            : ByteString.copyFrom(noise(random.nextInt(64)));
            case ENUM -> {
                List<EnumValueDescriptor> values = field.getEnumType().getValues();
                yield random.nextInt(10) == 0
                        ? field.getEnumType().findValueByNumberCreatingIfUnknown(77)
                        : values.get(random.nextInt(values.size()));
            }
            case MESSAGE ->
                    depth < DEPTH
                            ? message(field.getMessageType(), depth + 1)
                            : DynamicMessage.getDefaultInstance(field.getMessageType());
        };
    }

    private long number() {
        return random.nextInt(3) == 0
                ? NUMBERS[random.nextInt(NUMBERS.length)]
                : random.nextInt(12);
    }

    private double decimal() {
        return random.nextBoolean()
                ? DECIMALS[random.nextInt(DECIMALS.length)]
                : random.nextDouble();
    }

    /// Cut, repeated, flipped or spliced.
    private byte[] mutated(byte[] sound) {
        if (sound.length == 0) {
            return noise(3);
        }
        byte[] bytes = sound.clone();
        switch (random.nextInt(4)) {
            case 0 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            case 1 -> {
                byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
                System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
                return twice;
            }
            case 2 -> {
                int at = random.nextInt(bytes.length);
                byte[] noise = noise(Math.min(8, bytes.length - at));
                System.arraycopy(noise, 0, bytes, at, noise.length);
            }
            default -> {
                for (int i = 0; i < 1 + bytes.length / 50; i++) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
        }
        return bytes;
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /// Messages in messages, all as field 1, deeper than any type is.
    private byte[] nested(int depth) {
        byte[] inner = {};
        for (int i = 0; i < depth; i++) {
            inner = field(1 + random.nextInt(3), inner);
        }
        return inner;
    }

    /// As many ids as fit into the first list of texts that the type has.
    private byte[] million(Descriptor type) {
        int number =
                type.getFields().stream()
                        .filter(field ->
                                field.isRepeated()
                                        && field.getJavaType() == FieldDescriptor.JavaType.STRING)
                        .mapToInt(FieldDescriptor::getNumber)
                        .findFirst()
                        .orElse(1);
        byte[] one = field(number, "item-1".getBytes(StandardCharsets.US_ASCII));
        byte[] all = new byte[MILLION * one.length];
        for (int i = 0; i < MILLION; i++) {
            System.arraycopy(one, 0, all, i * one.length, one.length);
        }
        return all;
    }

    private static byte[] field(int number, byte[] content) {
        var bytes = new ByteArrayOutputStream(content.length + 6);
        var out = CodedOutputStream.newInstance(bytes);
        try {
            out.writeByteArray(number, content);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
