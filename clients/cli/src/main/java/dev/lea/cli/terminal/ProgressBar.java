package dev.lea.cli.terminal;

/// A bar of a given width for a share in `[0, 1]`.
public final class ProgressBar {
    private ProgressBar() {}

    public static String draw(Style style, double share, int width) {
        double clamped = share >= 0 ? Math.min(1, share) : 0;
        int halves = (int) Math.round(clamped * width * 2);
        String full = "━".repeat(halves / 2) + (halves % 2 == 1 ? "╸" : "");
        return style.accent(full) + style.dim("─".repeat(width - Style.width(full)));
    }
}
