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
    private final int slots;
    private final IdleUpdates idle;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment elements;
    private final int[] touched; // number of the last update that touched a row, from 1
    private final float[] parameters; // by slot, as the two below
    private final float[] means;
    private final float[] squares;

    /// @param initial [rows, width]
    /// @param slots   rows that an update sees at most
    RowTable(int rows, int width, float[] initial, int slots, IdleUpdates idle) {
        this.rows = rows;
        this.width = width;
        this.slots = slots;
        this.idle = idle;
        this.parameters = new float[Math.multiplyExact(slots, width)];
        this.means = new float[parameters.length];
        this.squares = new float[parameters.length];
        this.touched = new int[rows];
        this.elements = arena.allocate(offset(rows), Long.BYTES);
        write(PARAMETER, 0, initial);
    }

    /// Puts chosen rows, as of the last update, into the slots of three tensors [slots, width].
    ///
    /// @param update number of the last update
    void gather(
            int[] choice,
            long update,
            float rate,
            FloatBuffer parameterSlots,
            FloatBuffer meanSlots,
            FloatBuffer squareSlots) {
        for (int slot = 0; slot < slots; slot++) {
            if (choice[slot] != TableRows.EMPTY) {
                read(choice[slot], update, rate, slot);
            }
        }
        parameterSlots.put(parameters);
        meanSlots.put(means);
        squareSlots.put(squares);
    }

    /// Takes the rows back, after the update of a number.
    void scatter(
            int[] choice,
            long update,
            FloatBuffer parameterSlots,
            FloatBuffer meanSlots,
            FloatBuffer squareSlots) {
        parameterSlots.get(parameters);
        meanSlots.get(means);
        squareSlots.get(squares);
        for (int slot = 0; slot < slots; slot++) {
            if (choice[slot] != TableRows.EMPTY) {
                write(choice[slot], slot);
                touched[choice[slot]] = Math.toIntExact(update);
            }
        }
    }

    /// The whole parameter as of the last update; changes nothing.
    float[] settled(long update, float rate) {
        float[] all = new float[Math.multiplyExact(rows, width)];
        for (int i = 0; i < rows; i++) {
            read(i, update, rate, 0);
            System.arraycopy(parameters, 0, all, i * width, width);
        }
        return all;
    }

    /// Brings all rows to the last update and sets the moments to zero.
    void forget(long update, float rate) {
        for (int i = 0; i < rows; i++) {
            read(i, update, rate, 0);
            Arrays.fill(means, 0, width, 0);
            Arrays.fill(squares, 0, width, 0);
            write(i, 0);
        }
        Arrays.fill(touched, NEVER);
    }

    /// Brings a row, as of an update, into a slot.
    private void read(int row, long update, float rate, int slot) {
        int first = slot * width;
        MemorySegment.copy(elements, JAVA_FLOAT, offset(row, PARAMETER), parameters, first, width);
        MemorySegment.copy(elements, JAVA_FLOAT, offset(row, MEAN), means, first, width);
        MemorySegment.copy(elements, JAVA_FLOAT, offset(row, SQUARE), squares, first, width);
        if (touched[row] != NEVER) {
            idle.apply(
                    parameters, means, squares, first, first + width, touched[row], update, rate);
        }
    }

    private void write(int row, int slot) {
        int first = slot * width;
        MemorySegment.copy(parameters, first, elements, JAVA_FLOAT, offset(row, PARAMETER), width);
        MemorySegment.copy(means, first, elements, JAVA_FLOAT, offset(row, MEAN), width);
        MemorySegment.copy(squares, first, elements, JAVA_FLOAT, offset(row, SQUARE), width);
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
            long offset = offset((from + done) / width, part) + (long) inside * Float.BYTES;
            move.of(done, offset, more);
            done += more;
        }
    }

    private long offset(long row, int part) {
        return offset(row) + (long) part * width * Float.BYTES;
    }

    private long offset(long row) {
        return row * 3 * width * Float.BYTES;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
