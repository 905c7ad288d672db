package dev.lea.importer.table;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Hears how many bytes of a file were read since it was last told.
@FunctionalInterface
public interface ByteProgress {
    /// Nobody listens.
    ByteProgress NONE = _ -> {};

    void read(long bytes);

    /// A stream that tells what is read of it.
    default InputStream counting(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                int value = super.read();
                ByteProgress.this.read(value < 0 ? 0 : 1);
                return value;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                int count = super.read(bytes, from, length);
                ByteProgress.this.read(Math.max(0, count));
                return count;
            }
        };
    }
}
