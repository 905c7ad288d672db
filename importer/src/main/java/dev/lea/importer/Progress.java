package dev.lea.importer;

import java.nio.file.Path;

/// Hears how far an import is.
interface Progress {
    /// Nobody listens.
    Progress NONE =
            new Progress() {
                @Override
                public void starts(Path file, long bytes) {}

                @Override
                public void read(long bytes) {}

                @Override
                public void says(String what) {}
            };

    /// A file is read from now on.
    ///
    /// @param bytes of the file, as stored
    void starts(Path file, long bytes);

    /// So many more bytes were read.
    void read(long bytes);

    /// Something else goes on from now on.
    void says(String what);
}
