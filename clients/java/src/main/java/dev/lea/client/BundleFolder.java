package dev.lea.client;

import dev.lea.proto.repository.v1.BundleFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// A bundle on disk as its upload sees it: its files, the manifest first, with size and hash.
record BundleFolder(Path path, List<BundleFile> files) {
    static final String MANIFEST = "manifest.json";

    private static final Predicate<String> NAME =
            Pattern.compile("[A-Za-z0-9._-]{1,128}").asMatchPredicate();
    private static final int MAX_FILES = 64;
    private static final int BUFFER_BYTES = 1 << 16;

    /// Reads every file once to hash it.
    ///
    /// @throws IllegalArgumentException if the folder is not a bundle: no manifest, a sub-folder, too many
    ///     files, or a name that the contract does not allow
    static BundleFolder read(Path path) {
        if (!Files.isRegularFile(path.resolve(MANIFEST))) {
            throw new IllegalArgumentException(
                    "a bundle is a folder with a " + MANIFEST + ", but " + path + " has none");
        }
        try (var list = Files.list(path)) {
            var names = list.map(file -> file.getFileName().toString()).sorted(order()).toList();
            if (names.size() > MAX_FILES) {
                throw new IllegalArgumentException(
                        path
                                + " has "
                                + names.size()
                                + " files; a bundle has at most "
                                + MAX_FILES);
            }
            return new BundleFolder(
                    path, names.stream().map(name -> describe(path, name)).toList());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the bundle " + path, e);
        }
    }

    long sizeBytes() {
        return files.stream().mapToLong(BundleFile::getSizeBytes).sum();
    }

    private static Comparator<String> order() {
        return Comparator.comparing((String name) -> !name.equals(MANIFEST))
                .thenComparing(Comparator.naturalOrder());
    }

    private static BundleFile describe(Path path, String name) {
        var file = path.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("a bundle has only files, but " + file + " is none");
        }
        if (!NAME.test(name)) {
            throw new IllegalArgumentException(
                    "a bundle's file is named with 1 to 128 letters, digits, '.', '_' or '-', not '"
                            + name
                            + "'");
        }
        try (var in = Files.newInputStream(file)) {
            var digest = MessageDigest.getInstance("SHA-256");
            long size = digest(in, digest);
            return BundleFile.newBuilder()
                    .setName(name)
                    .setSizeBytes(size)
                    .setSha256(HexFormat.of().formatHex(digest.digest()))
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static long digest(InputStream in, MessageDigest digest) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long size = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
            size += n;
        }
        return size;
    }
}
