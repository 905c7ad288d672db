package dev.lea.trainer.net;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.util.Arrays;

/// A parameter of many rows with its Adam moments, of which an update touches a few.
///
/// Rows stand in native memory as `[p, m, v]`, each as of the update that last touched it; what the updates since
/// then would have done is done when the row is read, see [IdleUpdates]. So no update touches the whole, and all
/// of them together do what they do to a parameter that is updated whole. Not thread-safe.
final class RowTable implements AutoCloseable {
    private static final int NEVER = 0;

    /// The three parts of a row.
    static final int PARAMETER = 0;

    static final int MEAN = 1;
    static final int SQUARE = 2;

    private final int rows;
    private final int width;
    private final IdleUpdates idle;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment elements;
    private final int[] touched; // number of the last update that touched a row, from 1
    private final float[] row;

    /// @param initial [rows, width]
    RowTable(int rows, int width, float[] initial, IdleUpdates idle) {
        this.rows = rows;
        this.width = width;
        this.idle = idle;
        this.row = new float[3 * width];
        this.touched = new int[rows];
        this.elements = arena.allocate(offset(rows), Long.BYTES);
        write(PARAMETER, 0, initial);
    }

    /// Puts chosen rows, as of the last update, into the slots of three tensors [slots, width].
    ///
    /// @param update number of the last update
    void gather(
            int[] choice,
            int slots,
            long update,
            float rate,
            FloatBuffer parameters,
            FloatBuffer means,
            FloatBuffer squares) {
        for (int slot = 0; slot < Math.min(slots, choice.length); slot++) {
            if (choice[slot] != TableRows.EMPTY) {
                read(choice[slot], update, rate);
                int at = slot * width;
                parameters.put(at, row, 0, width);
                means.put(at, row, width, width);
                squares.put(at, row, 2 * width, width);
            }
        }
    }

    /// Takes the rows back, after the update of a number.
    void scatter(
            int[] choice,
            int slots,
            long update,
            FloatBuffer parameters,
            FloatBuffer means,
            FloatBuffer squares) {
        for (int slot = 0; slot < Math.min(slots, choice.length); slot++) {
            if (choice[slot] != TableRows.EMPTY) {
                int at = slot * width;
                parameters.get(at, row, 0, width);
                means.get(at, row, width, width);
                squares.get(at, row, 2 * width, width);
                MemorySegment.copy(row, 0, elements, JAVA_FLOAT, offset(choice[slot]), row.length);
                touched[choice[slot]] = Math.toIntExact(update);
            }
        }
    }

    /// The whole parameter as of the last update; changes nothing.
    float[] settled(long update, float rate) {
        float[] all = new float[Math.multiplyExact(rows, width)];
        for (int i = 0; i < rows; i++) {
            read(i, update, rate);
            System.arraycopy(row, 0, all, i * width, width);
        }
        return all;
    }

    /// Brings all rows to the last update and sets the moments to zero.
    void forget(long update, float rate) {
        for (int i = 0; i < rows; i++) {
            read(i, update, rate);
            Arrays.fill(row, width, row.length, 0);
            MemorySegment.copy(row, 0, elements, JAVA_FLOAT, offset(i), row.length);
        }
        Arrays.fill(touched, NEVER);
    }

    /// Leaves a row as of an update in `row`.
    private void read(int number, long update, float rate) {
        MemorySegment.copy(elements, JAVA_FLOAT, offset(number), row, 0, row.length);
        if (touched[number] != NEVER) {
            idle.apply(row, width, touched[number], update, rate);
        }
    }

    /// The elements of one part as they stand, for a checkpoint.
    StoredArray stored(int part, long[] shape) {
        return new StoredArray() {
            @Override
            public long[] shape() {
                return shape;
            }

            @Override
            public void read(long from, float[] copy) {
                each(
                        part,
                        from,
                        copy.length,
                        (at, offset, count) ->
                                MemorySegment.copy(elements, JAVA_FLOAT, offset, copy, at, count));
            }

            @Override
            public void write(long from, float[] copy) {
                RowTable.this.write(part, from, copy);
            }
        };
    }

    /// Numbers of the last updates that touched the rows, as the bits of int32, for a checkpoint.
    StoredArray storedTouched() {
        return new StoredArray() {
            @Override
            public long[] shape() {
                return new long[] {rows};
            }

            @Override
            public void read(long from, float[] copy) {
                for (int i = 0; i < copy.length; i++) {
                    copy[i] = Float.intBitsToFloat(touched[(int) from + i]);
                }
            }

            @Override
            public void write(long from, float[] copy) {
                for (int i = 0; i < copy.length; i++) {
                    touched[(int) from + i] = Float.floatToRawIntBits(copy[i]);
                }
            }
        };
    }

    private void write(int part, long from, float[] copy) {
        each(
                part,
                from,
                copy.length,
                (at, offset, count) ->
                        MemorySegment.copy(copy, at, elements, JAVA_FLOAT, offset, count));
    }

    private interface Move {
        void of(int at, long offset, int count);
    }

    private void each(int part, long from, int count, Move move) {
        int done = 0;
        while (done < count) {
            int inside = (int) ((from + done) % width);
            int more = Math.min(width - inside, count - done);
            long within = (long) part * width + inside;
            move.of(done, offset((from + done) / width) + within * Float.BYTES, more);
            done += more;
        }
    }

    private long offset(long number) {
        return number * row.length * Float.BYTES;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
