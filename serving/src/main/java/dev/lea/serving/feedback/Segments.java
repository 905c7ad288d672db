package dev.lea.serving.feedback;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/// Names and bytes of segments, as the package's description has them.
public final class Segments {
    static final byte[] MAGIC = {'L', 'E', 'A', 'F', 'B', 0, 0, 1};
    static final int FRAME = 8;
    static final int LONGEST = 16 << 20;

    private static final Pattern NAME = Pattern.compile("feedback-([0-9]{12})\\.log");

    private Segments() {}

    /// The segments of a folder, oldest first.
    ///
    /// @throws IOException if the folder cannot be read
    public static List<Path> of(Path folder) throws IOException {
        List<Path> segments = new ArrayList<>();
        try (var files = Files.list(folder)) {
            files.filter(file -> NAME.matcher(file.getFileName().toString()).matches())
                    .forEach(segments::add);
        }
        segments.sort(Comparator.comparingLong(Segments::number));
        return segments;
    }

    static long number(Path segment) {
        Matcher name = NAME.matcher(segment.getFileName().toString());
        if (!name.matches()) {
            throw new IllegalArgumentException(segment + " is no segment");
        }
        return Long.parseLong(name.group(1));
    }

    static Path file(Path folder, long number) {
        return folder.resolve("feedback-%012d.log".formatted(number));
    }

    /// A text with its length and checksum before it.
    static ByteBuffer frame(byte[] text) {
        return ByteBuffer.allocate(FRAME + text.length)
                .putInt(text.length)
                .putInt(checksum(text))
                .put(text)
                .flip();
    }

    static int checksum(byte[] text) {
        var crc = new CRC32C();
        crc.update(ByteBuffer.allocate(4).putInt(text.length).flip());
        crc.update(text);
        return (int) crc.getValue();
    }
}
