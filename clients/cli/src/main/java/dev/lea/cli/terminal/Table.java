package dev.lea.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/// Rows under a header, in columns as wide as their widest cell: the first column to the left, numbers to
/// the right.
public final class Table {
    private static final String GAP = "  ";

    private final Style style;
    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(Style style, String... header) {
        this.style = style;
        this.header = List.of(header);
    }

    /// Adds a row; it may be shorter than the header.
    public Table row(String... cells) {
        return row(List.of(cells));
    }

    public Table row(List<String> cells) {
        if (cells.size() > header.size()) {
            throw new IllegalArgumentException(
                    "a row has at most " + header.size() + " cells but this has " + cells.size());
        }
        rows.add(List.copyOf(cells));
        return this;
    }

    /// The lines, indented by two places.
    public List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(style.dim(line(header)));
        rows.forEach(row -> lines.add(line(row)));
        return lines;
    }

    private String line(List<String> cells) {
        var line = new StringBuilder(GAP);
        for (int column = 0; column < cells.size(); column++) {
            String cell = cells.get(column);
            int width = width(column);
            line.append(isNumeric(column) ? Format.right(cell, width) : Format.left(cell, width))
                    .append(GAP);
        }
        return line.toString().stripTrailing();
    }

    private int width(int column) {
        int width = Style.width(header.get(column));
        for (List<String> row : rows) {
            if (column < row.size()) {
                width = Math.max(width, Style.width(row.get(column)));
            }
        }
        return width;
    }

    /// Whether every cell of a column starts like a number or says that there is none.
    private boolean isNumeric(int column) {
        return rows.stream()
                .filter(row -> column < row.size())
                .map(row -> row.get(column).replaceAll("\u001b\\[[0-9;]*m", ""))
                .allMatch(cell ->
                        cell.isEmpty() || cell.equals("-") || cell.matches("[<>≥≤]? ?-?[0-9].*"));
    }
}
