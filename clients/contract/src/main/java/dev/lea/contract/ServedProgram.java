package dev.lea.contract;

import dev.lea.client.ClientSettings;
import dev.lea.client.Endpoint;
import dev.lea.client.LeaChannel;
import dev.lea.client.RepositoryClient;
import dev.lea.serving.rpc.Termination;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A server of the contract: a process of one of the programs, which may be ended and started again on the same port
/// and data, behind a [Proxy]. Its methods but [#cut] are called one at a time.
final class ServedProgram implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Pattern COUNT =
            Pattern.compile(
                    "lea_rpc_calls_seconds_count\\{code=\"(\\w+)\",method=\"(\\w+)\",service=\"lea\\..*} ([0-9.]+)");

    private final String name;
    private final Class<?> main;
    private final Path folder;
    private final List<String> options;
    private final int port;
    private final int metricsPort;
    private final Proxy proxy;
    private final LeaChannel channel;
    private final RepositoryClient repository;
    private Process process;

    private ServedProgram(
            String name, Class<?> main, Path folder, List<String> options, int[] ports)
            throws IOException {
        this.name = name;
        this.main = main;
        this.folder = folder;
        this.options = options;
        this.port = ports[0];
        this.metricsPort = ports[1];
        this.proxy = Proxy.start(port);
        this.channel =
                LeaChannel.open(
                        Endpoint.loopback(proxy.port()),
                        ClientSettings.DEFAULT.withCallDeadline(PATIENCE));
        this.repository = new RepositoryClient(channel);
    }

    /// Begins to start it; [#awaitServing] waits for it.
    ///
    /// @param folder  for its data and log
    /// @param options beside ports and data folder
    static ServedProgram start(String name, Class<?> main, Path folder, List<String> options)
            throws IOException {
        var program = new ServedProgram(name, main, folder, options, freePorts());
        program.launch();
        return program;
    }

    String name() {
        return name;
    }

    /// Where clients find it.
    String endpoint() {
        return Endpoint.loopback(proxy.port()).toString();
    }

    /// Keeps these bundles as versions 1, 2, ... and makes the first one live.
    void publish(List<Path> bundles) {
        bundles.forEach(repository::upload);
        repository.activate(1);
    }

    /// Makes a version live.
    void activate(long version) {
        repository.activate(version);
    }

    /// Makes version 1 live where it is not, without canary and shadow.
    void reset() {
        var aliases = repository.aliases();
        if (aliases.getCanary() != 0) {
            repository.setCanary(0, 0);
        }
        if (aliases.getShadow() != 0) {
            repository.setShadow(0);
        }
        if (aliases.getLive() != 1) {
            repository.activate(1);
        }
    }

    /// Closes every connection to it.
    void cut() {
        proxy.cut();
    }

    /// Ends the process, as an operator does or as a crash would, starts another, and waits until it serves.
    void restart(boolean crash) throws IOException, InterruptedException {
        proxy.hold();
        end(crash);
        launch();
        proxy.release();
        awaitServing();
    }

    /// Calls that have ended since the process began, by method and code; `*` for all codes.
    Map<String, Map<String, Long>> calls() throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metricsPort + "/metrics"))
                        .timeout(PATIENCE)
                        .build();
        Map<String, Map<String, Long>> calls = new TreeMap<>();
        try (var http = HttpClient.newHttpClient()) {
            String text = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            COUNT.matcher(text)
                    .results()
                    .forEach(line -> {
                        var codes = calls.computeIfAbsent(line.group(2), _ -> new TreeMap<>());
                        long count = (long) Double.parseDouble(line.group(3));
                        codes.merge(line.group(1), count, Long::sum);
                        codes.merge("*", count, Long::sum);
                    });
        }
        return calls;
    }

    @Override
    public void close() {
        channel.close();
        proxy.close();
        try {
            end(false);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void launch() throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx384m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName(),
                                "--port=" + port,
                                "--metrics-port=" + metricsPort,
                                "--data-dir=" + folder.resolve("data"),
                                "--port-file=" + portFile()));
        command.addAll(options);
        Files.createDirectories(folder);
        Files.deleteIfExists(portFile());
        var log = ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile());
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log);
        builder.environment().put(Termination.PARENT, Long.toString(ProcessHandle.current().pid()));
        process = builder.start();
    }

    /// Waits until it serves.
    void awaitServing() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(portFile())) {
            if (process.waitFor(10, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
                throw new IOException(
                        name + " did not start:\n" + Files.readString(folder.resolve("log")));
            }
        }
    }

    private void end(boolean crash) throws InterruptedException {
        if (crash) {
            process.destroyForcibly();
        } else {
            process.destroy();
        }
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private Path portFile() {
        return folder.resolve("port");
    }

    /// Fixed ones, so that the process that comes after a restart has them again.
    private static int[] freePorts() throws IOException {
        try (var one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new int[] {one.getLocalPort(), other.getLocalPort()};
        }
    }
}
