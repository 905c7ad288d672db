package dev.lea.importer.table;

import dev.lea.serving.feedback.Entry;
import dev.lea.serving.feedback.Feedback;
import dev.lea.serving.feedback.SegmentReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;

/// What users did, of a segment of feedback: a row an interaction, with the columns `user`, `item`, `time` and `event`. A
/// row's number is that of the call which brought it. What cannot be read at the end is one bad row, unless the segment
/// may still grow.
final class FeedbackRows implements Rows {
    private record Row(String user, Feedback.Interaction interaction, Instant received) {
        String cell(String column, Format.Segment format) {
            return switch (column) {
                case "user" -> user;
                case "item" -> interaction.item();
                case "time" -> format.unit().text(interaction.time().orElse(received));
                case "event" -> interaction.kind().name().toLowerCase(Locale.ROOT);
                default -> throw new IllegalArgumentException("feedback has no column " + column);
            };
        }
    }

    private final SegmentReader reader;
    private final Format.Segment format;
    private final List<String> columns;
    private final Queue<Row> rows = new ArrayDeque<>();
    private Row row;
    private String problem;
    private long number;

    private FeedbackRows(SegmentReader reader, Format.Segment format, List<String> columns) {
        this.reader = reader;
        this.format = format;
        this.columns = columns;
    }

    static FeedbackRows open(Path segment, Format.Segment format, List<Column> wanted) {
        try {
            return new FeedbackRows(
                    SegmentReader.open(segment),
                    format,
                    wanted.stream().map(column -> column.names().getFirst()).toList());
        } catch (IOException e) {
            throw TableFailures.invalid("FILE_UNREADABLE", segment, "cannot be read: " + e);
        }
    }

    @Override
    public boolean next() throws IOException {
        if (problem != null) {
            return false;
        }
        while (rows.isEmpty()) {
            Optional<Entry> entry = reader.next();
            number++;
            if (entry.isEmpty()) {
                problem = format.mayGrow() || reader.rest() == 0 ? null : reader.damage();
                return problem != null;
            }
            for (Feedback feedback : entry.get().feedback()) {
                for (Feedback.Interaction interaction : feedback.interactions()) {
                    rows.add(new Row(feedback.user(), interaction, entry.get().received()));
                }
            }
        }
        row = rows.poll();
        return true;
    }

    @Override
    public String cell(int wanted) {
        return row.cell(columns.get(wanted), format);
    }

    @Override
    public String problem() {
        return problem;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public boolean has(int wanted) {
        return true;
    }

    @Override
    public void close() {
        reader.close();
    }
}
