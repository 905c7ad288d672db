package dev.lea.contract;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lea.client.ClientSettings;
import dev.lea.client.Endpoint;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.HealthClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.proto.environment.v1.AnnotateRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A case under way.
final class Run implements AutoCloseable {
    private static final ClientSettings PATIENT =
            ClientSettings.DEFAULT.withCallDeadline(Duration.ofSeconds(20));
    private static final long COUNTED_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int IN_FLIGHT = 8;
    private static final Map<String, Set<String>> KEYS =
            Map.of(
                    "call",
                    Set.of(
                            "call",
                            "request",
                            "server",
                            "deadline_ms",
                            "retries",
                            "cancel_after_ms",
                            "concurrent",
                            "meanwhile",
                            "save",
                            "attempts",
                            "expect"),
                    "stream",
                    Set.of("stream", "requests", "in_flight", "take", "meanwhile", "expect"),
                    "control",
                    Set.of("control", "version"),
                    "health",
                    Set.of("health", "server", "expect"));

    private final Servers servers;
    private final String server;
    private final Saved saved = new Saved();
    private final Matchers matchers = new Matchers(saved);
    private final Map<String, LeaChannel> channels = new HashMap<>();

    Run(Servers servers, String server) {
        this.servers = servers;
        this.server = server;
    }

    @Override
    public void close() {
        channels.values().forEach(LeaChannel::close);
    }

    /// Why a step does not do as it should; empty if it does.
    Optional<String> step(JsonNode step) throws Exception {
        String kind = KEYS.keySet().stream().filter(step::has).findFirst().orElse("");
        Set<String> keys = new TreeSet<>();
        step.fieldNames().forEachRemaining(keys::add);
        if (!requireNonNullElse(KEYS.get(kind), Set.of()).containsAll(keys)) {
            throw new AssertionError("a step with " + keys + " is not known");
        }
        return switch (kind) {
            case "call" -> step.has("attempts") ? count(step) : call(step);
            case "stream" -> stream(step);
            case "health" -> {
                boolean serving =
                        new HealthClient(channel(step)).isServing(step.get("health").textValue());
                yield serving == step.get("expect").booleanValue()
                        ? Optional.empty()
                        : Optional.of(step.get("health") + " serves: " + serving);
            }
            default -> {
                control(step);
                yield Optional.empty();
            }
        };
    }

    private Optional<String> call(JsonNode step) throws Exception {
        int concurrent = step.path("concurrent").asInt(1);
        LeaChannel channel = channel(step);
        JsonNode request =
                requireNonNullElse(step.get("request"), JsonNodeFactory.instance.objectNode());
        List<ObjectNode> outcomes = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ObjectNode>> calls = new ArrayList<>();
            for (int n = 0; n < concurrent; n++) {
                JsonNode built = new Builders(saved, n).build(request);
                calls.add(threads.submit(() -> ask(channel, step, built)));
            }
            meanwhile(step);
            for (Future<ObjectNode> call : calls) {
                outcomes.add(call.get());
            }
        }
        if (step.has("save")) {
            saved.keep(step.get("save").textValue(), outcomes.getFirst().path("answer"));
        }
        JsonNode expected = step.get("expect");
        return step.has("concurrent")
                ? each(expected.get("each"), outcomes)
                : matchers.misfit(expected, outcomes.getFirst(), "");
    }

    /// A caller of the Java client cancels a call by the interruption of its thread.
    private static ObjectNode ask(LeaChannel channel, JsonNode step, JsonNode request)
            throws Exception {
        String method = step.get("call").textValue();
        if (!step.has("cancel_after_ms")) {
            return Asking.ask(channel, method, request);
        }
        var outcome = new ObjectNode[1];
        var caller =
                Thread.ofVirtual().start(() -> outcome[0] = Asking.ask(channel, method, request));
        Thread.sleep(step.get("cancel_after_ms").longValue());
        caller.interrupt();
        caller.join();
        return outcome[0];
    }

    private Optional<String> each(JsonNode expected, List<ObjectNode> outcomes) {
        int[] counts = new int[expected.size()];
        for (ObjectNode outcome : outcomes) {
            int fitting = 0;
            List<String> whys = new ArrayList<>();
            for (; fitting < counts.length; fitting++) {
                var why = matchers.misfit(expected.get(fitting).get("outcome"), outcome, "");
                if (why.isEmpty()) {
                    break;
                }
                whys.add(why.get());
            }
            if (fitting == counts.length) {
                return Optional.of("an outcome fits none: " + whys);
            }
            counts[fitting]++;
        }
        for (int i = 0; i < counts.length; i++) {
            var found = JsonNodeFactory.instance.numberNode(counts[i]);
            var why = matchers.misfit(expected.get(i).get("count"), found, "count " + i);
            if (why.isPresent()) {
                return why;
            }
        }
        return Optional.empty();
    }

    private Optional<String> count(JsonNode step) throws Exception {
        JsonNode before = calls(step);
        var why = call(step);
        long end = System.nanoTime() + COUNTED_NANOS;
        while (why.isEmpty()) {
            JsonNode after = calls(step);
            var found = JsonNodeFactory.instance.objectNode();
            for (var entry : step.get("attempts").properties()) {
                String code = entry.getKey();
                found.put(code, after.path(code).asLong() - before.path(code).asLong());
            }
            var misfit = matchers.misfit(step.get("attempts"), found, "attempts");
            if (misfit.isEmpty() || System.nanoTime() > end) {
                return misfit;
            }
            Thread.sleep(20);
        }
        return why;
    }

    private JsonNode calls(JsonNode step) throws Exception {
        return servers.control("/" + server + "/calls").path(step.get("call").textValue());
    }

    private Optional<String> stream(JsonNode step) throws Exception {
        List<AnnotateRequest> requests = new ArrayList<>();
        for (JsonNode request : new Builders(saved, 0).build(step.get("requests"))) {
            requests.add(Asking.annotateRequest(request));
        }
        var client = new EnvironmentClient(channel(step));
        int inFlight = step.path("in_flight").asInt(IN_FLIGHT);
        int take = step.path("take").asInt(Integer.MAX_VALUE);
        ObjectNode found;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<ObjectNode> work = () -> annotate(client, requests, inFlight, take);
            var stream = threads.submit(work);
            meanwhile(step);
            found = stream.get();
        }
        if (found.has("status") && !step.get("expect").has("status")) {
            return Optional.of("the stream failed: " + found.get("status"));
        }
        return matchers.misfit(step.get("expect"), found, "");
    }

    /// Leaves the stream as a caller of the Java client does: by an exception of its own.
    private static ObjectNode annotate(
            EnvironmentClient client, List<AnnotateRequest> requests, int inFlight, int take) {
        final class Enough extends RuntimeException {}
        var found = JsonNodeFactory.instance.objectNode();
        var answers = found.putArray("answers");
        try {
            client.annotate(
                    requests.iterator(),
                    inFlight,
                    answer -> {
                        answers.add(Asking.json(answer));
                        if (answers.size() == take) {
                            throw new Enough();
                        }
                    });
        } catch (Enough e) {
            return found;
        } catch (LeaException e) {
            found.set("status", Asking.status(e));
        }
        return found;
    }

    private void meanwhile(JsonNode step) throws Exception {
        if (step.has("meanwhile")) {
            Thread.sleep(step.at("/meanwhile/after_ms").longValue());
            control(step.get("meanwhile"));
        }
    }

    private void control(JsonNode step) throws Exception {
        String query = step.has("version") ? "?version=" + step.get("version") : "";
        servers.control("/" + server + "/" + step.get("control").textValue() + query);
    }

    /// The case's channel for calls of this kind, connected.
    private LeaChannel channel(JsonNode step) {
        String of = step.path("server").asText(server);
        boolean retries = step.path("retries").asBoolean(true);
        long deadline = step.path("deadline_ms").asLong(PATIENT.callDeadline().toMillis());
        return channels.computeIfAbsent(
                of + " " + retries + " " + deadline,
                _ -> {
                    var settings = PATIENT.withCallDeadline(Duration.ofMillis(deadline));
                    var channel =
                            LeaChannel.open(
                                    Endpoint.parse(servers.endpoint(of)),
                                    retries ? settings : settings.withMaxAttempts(1));
                    new HealthClient(channel).isServing("");
                    return channel;
                });
    }
}
