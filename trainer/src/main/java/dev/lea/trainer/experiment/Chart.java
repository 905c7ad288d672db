package dev.lea.trainer.experiment;

import static java.lang.String.format;

import java.util.List;
import java.util.Locale;

/// Pictures as SVG that stands by itself in a page. Text and axes take the page's colour, so that they show in the dark.
final class Chart {
    private static final List<String> COLOURS =
            List.of(
                    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b",
                    "#7f7f7f");
    private static final int WIDTH = 640;
    private static final int HEIGHT = 300;
    private static final int LEFT = 64;
    private static final int BOTTOM = 36;
    private static final int TOP = 16;

    private Chart() {}

    /// @param deviation drawn as a whisker to both sides
    /// @param strong    drawn in full colour
    record Bar(String label, double value, double deviation, boolean strong) {}

    record Point(double x, double y, double deviation) {}

    record Line(String label, List<Point> points) {}

    /// Horizontal bars from 0, one a line.
    static String bars(String title, List<Bar> bars) {
        int labels = 250;
        int height = 26 * bars.size() + 8;
        double most =
                bars.stream().mapToDouble(bar -> bar.value() + bar.deviation()).max().orElse(1);
        double scale = (WIDTH - labels - 90) / Math.max(most, 1e-12);
        var svg = open(title, WIDTH, height);
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            int y = 4 + 26 * i;
            double end = labels + bar.value() * scale;
            svg.append(
                    text(labels - 8, y + 16, "end", bar.label())
                            + format(
                                    Locale.ROOT,
                                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\" fill-opacity=\"%s\"/>",
                                    labels,
                                    y + 2,
                                    bar.value() * scale,
                                    COLOURS.get(0),
                                    bar.strong() ? "0.9" : "0.45")
                            + whisker(
                                    end - bar.deviation() * scale,
                                    y + 11,
                                    end + bar.deviation() * scale,
                                    y + 11)
                            + text(
                                    end + bar.deviation() * scale + 6,
                                    y + 16,
                                    "start",
                                    format(Locale.ROOT, "%.4f", bar.value())));
        }
        return svg.append("</svg>").toString();
    }

    /// Lines over a common pair of axes, with a legend below.
    static String lines(String title, String x, List<Line> lines) {
        List<Point> all = lines.stream().flatMap(line -> line.points().stream()).toList();
        double left = all.stream().mapToDouble(Point::x).min().orElse(0);
        double right = Math.max(all.stream().mapToDouble(Point::x).max().orElse(1), left + 1e-9);
        double low = all.stream().mapToDouble(p -> p.y() - p.deviation()).min().orElse(0);
        double high = all.stream().mapToDouble(p -> p.y() + p.deviation()).max().orElse(1);
        double room = Math.max((high - low) * 0.05, 1e-6);
        var frame = new Frame(left, right, low - room, high + room);
        var svg = open(title, WIDTH, HEIGHT + 20 * ((lines.size() + 1) / 2));
        svg.append(frame.axes(x));
        for (int i = 0; i < lines.size(); i++) {
            String colour = COLOURS.get(i % COLOURS.size());
            var path = new StringBuilder();
            for (Point point : lines.get(i).points()) {
                path.append(path.isEmpty() ? "M" : "L")
                        .append(
                                String.format(
                                        Locale.ROOT,
                                        "%.1f %.1f",
                                        frame.x(point.x()),
                                        frame.y(point.y())));
                if (point.deviation() > 0) {
                    svg.append(
                            whisker(
                                    frame.x(point.x()),
                                    frame.y(point.y() - point.deviation()),
                                    frame.x(point.x()),
                                    frame.y(point.y() + point.deviation())));
                }
                if (lines.get(i).points().size() < 20) {
                    svg.append(dot(frame.x(point.x()), frame.y(point.y()), 3, colour, 1));
                }
            }
            String dash = i < COLOURS.size() ? "" : " stroke-dasharray=\"5 3\"";
            svg.append(
                    format(
                            Locale.ROOT,
                            "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\"%s/>",
                            path,
                            colour,
                            dash));
            int legend = HEIGHT + 14 + 20 * (i / 2);
            int at = LEFT + (i % 2) * 290;
            svg.append(
                    format(
                                    Locale.ROOT,
                                    "<path d=\"M%d %dh18\" stroke=\"%s\" stroke-width=\"3\"%s/>",
                                    at,
                                    legend - 4,
                                    colour,
                                    dash)
                            + text(at + 24, legend, "start", lines.get(i).label()));
        }
        return svg.append("</svg>").toString();
    }

    /// Points without axes; a shade near 1 is drawn darker.
    static String scatter(String title, double[][] points, double[] shades) {
        double[] low = {Double.MAX_VALUE, Double.MAX_VALUE};
        double[] high = {-Double.MAX_VALUE, -Double.MAX_VALUE};
        for (double[] point : points) {
            for (int axis = 0; axis < 2; axis++) {
                low[axis] = Math.min(low[axis], point[axis]);
                high[axis] = Math.max(high[axis], point[axis]);
            }
        }
        int size = 300;
        var svg = open(title, size, size);
        for (int i = 0; i < points.length; i++) {
            double[] at = new double[2];
            for (int axis = 0; axis < 2; axis++) {
                double span = Math.max(high[axis] - low[axis], 1e-12);
                at[axis] = 10 + (points[i][axis] - low[axis]) / span * (size - 20);
            }
            svg.append(dot(at[0], size - at[1], 2.5, COLOURS.get(0), 0.2 + 0.8 * shades[i]));
        }
        return svg.append("</svg>").toString();
    }

    /// From figures to places.
    private record Frame(double left, double right, double low, double high) {
        private static final int TICKS = 5;

        double x(double value) {
            return LEFT + (value - left) / (right - left) * (WIDTH - LEFT - 16);
        }

        double y(double value) {
            return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP);
        }

        String axes(String label) {
            var axes = new StringBuilder();
            for (int i = 0; i <= TICKS; i++) {
                double value = low + (high - low) * i / TICKS;
                axes.append(
                        format(
                                        Locale.ROOT,
                                        "<path d=\"M%d %.1fH%d\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>",
                                        LEFT,
                                        y(value),
                                        WIDTH - 16)
                                + text(
                                        LEFT - 6,
                                        y(value) + 4,
                                        "end",
                                        format(Locale.ROOT, "%.3f", value)));
                double across = left + (right - left) * i / TICKS;
                axes.append(
                        text(
                                x(across),
                                HEIGHT - BOTTOM + 16,
                                "middle",
                                String.format(
                                        Locale.ROOT,
                                        right - left < TICKS ? "%.2f" : "%.0f",
                                        across)));
            }
            return axes.append(text((LEFT + WIDTH) / 2.0, HEIGHT - 2, "middle", label)).toString();
        }
    }

    private static StringBuilder open(String title, int width, int height) {
        return new StringBuilder(
                format(
                        Locale.ROOT,
                        "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s\"><title>%s</title>",
                        width,
                        height,
                        width,
                        height,
                        HtmlReport.escape(title),
                        HtmlReport.escape(title)));
    }

    private static String text(double x, double y, String anchor, String text) {
        return format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                x,
                y,
                anchor,
                HtmlReport.escape(text));
    }

    private static String dot(double x, double y, double radius, String colour, double opacity) {
        return format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" fill-opacity=\"%.2f\"/>",
                x,
                y,
                radius,
                colour,
                opacity);
    }

    private static String whisker(double x, double y, double toX, double toY) {
        return format(
                Locale.ROOT,
                "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"currentColor\" stroke-width=\"1.2\"/>",
                x,
                y,
                toX,
                toY);
    }
}
