package dev.lea.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A Python process that answers one JSON line with another, on one thread.
final class PythonRival implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> INTERPRETERS = List.of("python3", "/usr/bin/python3");
    private static final long PATIENCE_SECONDS = 60;

    private final Path script;
    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader answers;
    private final JsonNode greeting;

    private PythonRival(Path script, Process process) throws IOException {
        this.script = script;
        this.process = process;
        this.requests = new BufferedWriter(process.outputWriter(StandardCharsets.UTF_8));
        this.answers = new BufferedReader(process.inputReader(StandardCharsets.UTF_8));
        this.greeting = read();
    }

    /// The first interpreter here that can import some modules; empty if there is none.
    static Optional<String> interpreterWith(String modules) {
        return INTERPRETERS.stream().filter(python -> imports(python, modules)).findFirst();
    }

    private static boolean imports(String python, String modules) {
        try {
            Process process =
                    new ProcessBuilder(python, "-c", "import " + modules)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return process.exitValue() == 0;
            }
            process.destroyForcibly();
            return false;
        } catch (IOException e) {
            return false; // no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Starts a script that lies among this module's resources.
    static PythonRival start(String interpreter, String resource) throws IOException {
        Path script = Files.createTempFile("rival", ".py");
        try (InputStream source = PythonRival.class.getResourceAsStream(resource)) {
            Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
        }
        var builder = new ProcessBuilder(interpreter, script.toString());
        for (String library : List.of("OMP", "OPENBLAS", "MKL")) {
            builder.environment().put(library + "_NUM_THREADS", "1");
        }
        return new PythonRival(
                script, builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /// What the script said first.
    JsonNode greeting() {
        return greeting;
    }

    JsonNode ask(Map<String, Object> request) throws IOException {
        requests.write(JSON.writeValueAsString(request));
        requests.newLine();
        requests.flush();
        return read();
    }

    private JsonNode read() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the Python process ended; its last words are above");
        }
        return JSON.readTree(line);
    }

    @Override
    public void close() throws IOException {
        requests.close();
        process.destroy();
        Files.deleteIfExists(script);
    }
}
