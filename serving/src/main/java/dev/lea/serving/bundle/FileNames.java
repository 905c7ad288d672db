package dev.lea.serving.bundle;

import java.util.regex.Pattern;

/// Names that a bundle's files may have: no folders, no surprises in any file system.
final class FileNames {
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    private FileNames() {}

    static boolean valid(String name) {
        return VALID.matcher(name).matches();
    }
}
