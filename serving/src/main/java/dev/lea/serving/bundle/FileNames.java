package dev.lea.serving.bundle;

import java.util.regex.Pattern;

/// Names that a bundle's files may have: no folders, no surprises in any file system.
final class FileNames {
    private static final Pattern VALID = Pattern.compile("(?!\\.\\.?$)[A-Za-z0-9._-]{1,128}");

    private FileNames() {}

    /// Letters, digits, `.`, `_` and `-`, 1 to 128; neither `.` nor `..`.
    static boolean valid(String name) {
        return VALID.matcher(name).matches();
    }
}
