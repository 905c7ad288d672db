package dev.lea.importer.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Rows that are JSON objects, one a line. The elements of an array become one cell, parted by commas; of a nested object,
/// `name: value`.
final class JsonRows implements Rows {
    private static final String SEPARATOR = ", ";

    /// A name that a wanted column may have, and how good it is: 0 is best.
    private record Name(int wanted, int rank) {}

    private final JsonFactory json = new JsonFactory();
    private final Records lines;
    private final Map<String, Name> names = new HashMap<>();
    private final String[] cells;
    private final int[] ranks;
    private long number;
    private String problem;

    JsonRows(Path file, Reader text, List<Column> wanted) {
        lines = Records.lines(file, text);
        cells = new String[wanted.size()];
        ranks = new int[wanted.size()];
        for (int column = 0; column < cells.length; column++) {
            List<String> candidates = wanted.get(column).names();
            for (int rank = 0; rank < candidates.size(); rank++) {
                names.put(candidates.get(rank), new Name(column, rank));
            }
        }
    }

    @Override
    public boolean next() throws IOException {
        CsvRecord line = lines.next();
        if (line == null) {
            return false;
        }
        number = line.getStartingLineNumber();
        problem = null;
        Arrays.fill(cells, null);
        Arrays.fill(ranks, Integer.MAX_VALUE);
        String text = line.getField(0);
        if (text.indexOf(TableFile.NOT_DECODED) >= 0) {
            problem = "the row holds bytes that are not UTF-8";
            return true;
        }
        try (JsonParser parser = json.createParser(text)) {
            read(parser);
        } catch (JsonProcessingException e) {
            problem = "the row is no JSON: " + e.getOriginalMessage();
        }
        return true;
    }

    private void read(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            problem = "the row must be a JSON object but starts with " + parser.currentToken();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            Name name = names.get(parser.currentName());
            parser.nextToken();
            if (name == null || name.rank >= ranks[name.wanted]) {
                parser.skipChildren();
                continue;
            }
            var cell = new StringBuilder();
            boolean found = append(parser, cell);
            if (found) {
                cells[name.wanted] = cell.toString();
                ranks[name.wanted] = name.rank;
            }
        }
        if (parser.nextToken() != null) {
            problem = "the row must be one JSON object but has more behind it";
        }
    }

    /// Writes a value as text; false where there is nothing.
    private static boolean append(JsonParser parser, StringBuilder cell) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return false;
        }
        if (!token.isStructStart()) {
            cell.append(parser.getText());
            return true;
        }
        boolean found = false;
        String name = null;
        while (!parser.nextToken().isStructEnd()) {
            if (parser.currentToken() == JsonToken.FIELD_NAME) {
                name = parser.currentName();
                continue;
            }
            int before = cell.length();
            if (found) {
                cell.append(SEPARATOR);
            }
            if (name != null) {
                cell.append(name).append(": ");
            }
            if (append(parser, cell)) {
                found = true;
            } else {
                cell.setLength(before);
            }
        }
        return found;
    }

    @Override
    public String cell(int wanted) {
        return cells[wanted];
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
        lines.close();
    }
}
