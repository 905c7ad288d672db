package dev.lea.contract;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The control's HTTP, specified in the README: what a case cannot do as a client.
final class Control implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PATH = Pattern.compile("/(\\w+)/(\\w+)");
    private static final Pattern VERSION = Pattern.compile("version=(\\d{1,9})");

    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<ServedProgram> programs;
    private final int nobody;

    private Control(HttpServer http, List<ServedProgram> programs, int nobody) {
        this.http = http;
        this.programs = programs;
        this.nobody = nobody;
    }

    /// Listens on a free port of the loopback.
    ///
    /// @param nobody port at which nobody listens
    static Control start(List<ServedProgram> programs, int nobody) throws IOException {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var control = new Control(HttpServer.create(address, 0), programs, nobody);
        control.http.setExecutor(control.threads);
        control.http.createContext("/", control::answer);
        control.http.start();
        return control;
    }

    /// Where everything is, as one line of JSON.
    String description() throws IOException {
        Map<String, String> endpoints = new LinkedHashMap<>();
        endpoints.put("control", "http://127.0.0.1:" + http.getAddress().getPort());
        programs.forEach(program -> endpoints.put(program.name(), program.endpoint()));
        endpoints.put("nobody", "127.0.0.1:" + nobody);
        return JSON.writeValueAsString(endpoints);
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                String query = exchange.getRequestURI().getQuery();
                String answer =
                        answer(exchange.getRequestURI().getPath(), query == null ? "" : query);
                send(exchange, 200, answer);
            } catch (IllegalArgumentException e) {
                send(exchange, 404, JSON.writeValueAsString(Map.of("error", e.getMessage())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException e) {
                send(exchange, 500, JSON.writeValueAsString(Map.of("error", e.toString())));
            }
        }
    }

    private String answer(String path, String query) throws IOException, InterruptedException {
        if (path.equals("/")) {
            return description();
        }
        Matcher wanted = PATH.matcher(path);
        if (!wanted.matches()) {
            throw new IllegalArgumentException("there is no " + path);
        }
        ServedProgram program =
                programs.stream()
                        .filter(p -> p.name().equals(wanted.group(1)))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "there is no server " + wanted.group(1)));
        return switch (wanted.group(2)) {
            case "reset" -> done(program::reset);
            case "activate" -> done(() -> program.activate(version(query)));
            case "cut" -> done(program::cut);
            case "restart" -> restart(program, false);
            case "kill" -> restart(program, true);
            case "calls" -> JSON.writeValueAsString(program.calls());
            default -> throw new IllegalArgumentException("there is no " + path);
        };
    }

    private static String done(Runnable action) {
        action.run();
        return "{}";
    }

    private static String restart(ServedProgram program, boolean crash)
            throws IOException, InterruptedException {
        program.restart(crash);
        return "{}";
    }

    private static long version(String query) {
        Matcher version = VERSION.matcher(query);
        if (!version.matches()) {
            throw new IllegalArgumentException("version=N is needed but there is '" + query + "'");
        }
        return Long.parseLong(version.group(1));
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
