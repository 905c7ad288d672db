package dev.lea.serving.bundle;

import dev.lea.serving.Failure;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A file that an upload announces.
///
/// @param sha256 64 lower-case hexadecimal digits
public record UploadFile(String name, long sizeBytes, String sha256) {
    static void check(List<UploadFile> files, StoreLimits limits) {
        if (files.isEmpty() || files.size() > limits.uploadFiles()) {
            throw new Failure.Invalid(
                    "header.files",
                    "a bundle has 1 to "
                            + limits.uploadFiles()
                            + " files but this one has "
                            + files.size());
        }
        Set<String> names = new HashSet<>();
        long total = 0;
        for (UploadFile file : files) {
            if (!FileNames.valid(file.name())) {
                throw new Failure.Invalid(
                        "header.files",
                        "a file's name is 1 to 128 letters, digits, '.', '_' or '-' but one is '"
                                + file.name()
                                + "'");
            }
            if (!names.add(file.name())) {
                throw new Failure.Invalid("header.files", file.name() + " occurs twice");
            }
            if (!Sha256.valid(file.sha256())) {
                throw new Failure.Invalid(
                        "header.files",
                        "the SHA-256 of "
                                + file.name()
                                + " must be 64 lower-case hexadecimal digits");
            }
            if (file.sizeBytes() < 0 || file.sizeBytes() > limits.uploadBytes() - total) {
                throw new Failure.Invalid(
                        "header.files",
                        "UPLOAD_TOO_LARGE",
                        "a bundle has at most "
                                + limits.uploadBytes()
                                + " bytes but "
                                + file.name()
                                + " brings this one beyond",
                        Map.of("limit_bytes", Long.toString(limits.uploadBytes())));
            }
            total += file.sizeBytes();
        }
    }
}
