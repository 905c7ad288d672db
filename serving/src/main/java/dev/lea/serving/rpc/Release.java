package dev.lea.serving.rpc;

import dev.lea.serving.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// Which release of Lea this is.
public final class Release {
    /// For instance `1.2.0`.
    public static final String NAME = read();

    private Release() {}

    private static String read() {
        var properties = new Properties();
        try (InputStream in = Failure.class.getResourceAsStream("release.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("release");
    }
}
