package dev.lea.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.lea.client.AgentClient;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.LeaException;
import dev.lea.client.RepositoryClient;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.ScoreItemsRequest;
import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AugmentActionsRequest;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.repository.v1.ActivateVersionRequest;
import dev.lea.proto.repository.v1.GetAliasesResponse;
import dev.lea.proto.repository.v1.ListVersionsResponse;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetCanaryResponse;

/// The Java client's methods by the contract's names, with messages as JSON.
final class Asking {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

    private Asking() {}

    /// The answer, or the client's error, as an outcome.
    static ObjectNode ask(LeaChannel channel, String method, JsonNode request) {
        var outcome = JsonNodeFactory.instance.objectNode();
        try {
            outcome.set("answer", json(call(channel, method, request)));
        } catch (LeaException e) {
            outcome.set("status", status(e));
        }
        return outcome;
    }

    static AnnotateRequest annotateRequest(JsonNode request) {
        return read(request, AnnotateRequest.newBuilder()).build();
    }

    static JsonNode json(Message message) {
        try {
            return JSON.readTree(PRINTER.print(message));
        } catch (InvalidProtocolBufferException
                | com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    static JsonNode status(LeaException e) {
        var status = JsonNodeFactory.instance.objectNode();
        status.put("code", e.code().name());
        status.put("reason", e.reason());
        var metadata = status.putObject("metadata");
        e.metadata().forEach(metadata::put);
        var fields = status.putArray("fields");
        e.fields().forEach(fields::add);
        status.put("message", e.description());
        status.put(
                "retry_delay_ms", e.retryDelay().map(delay -> delay.toNanos() / 1e6).orElse(null));
        status.put("transient", e.isTransient());
        return status;
    }

    private static Message call(LeaChannel channel, String method, JsonNode request) {
        var agent = new AgentClient(channel);
        var environment = new EnvironmentClient(channel);
        var repository = new RepositoryClient(channel);
        return switch (method) {
            case "Recommend" ->
                    agent.recommend(read(request, RecommendRequest.newBuilder()).build());
            case "ScoreItems" ->
                    agent.scoreItems(read(request, ScoreItemsRequest.newBuilder()).build());
            case "GetEnvironment" -> environment.describe();
            case "GetStates" ->
                    environment.states(read(request, GetStatesRequest.newBuilder()).build());
            case "ScoreActions" ->
                    environment.score(read(request, ScoreActionsRequest.newBuilder()).build());
            case "AugmentActions" ->
                    environment.augment(read(request, AugmentActionsRequest.newBuilder()).build());
            case "ListVersions" ->
                    ListVersionsResponse.newBuilder().addAllVersions(repository.list()).build();
            case "GetAliases" ->
                    GetAliasesResponse.newBuilder().setAliases(repository.aliases()).build();
            case "ActivateVersion" -> {
                var wanted = read(request, ActivateVersionRequest.newBuilder());
                yield repository.activate(wanted.getVersion(), wanted.getExpectedLiveVersion());
            }
            case "RollBack" -> repository.rollBack();
            case "SetCanary" -> {
                var wanted = read(request, SetCanaryRequest.newBuilder());
                yield SetCanaryResponse.newBuilder()
                        .setAliases(repository.setCanary(wanted.getVersion(), wanted.getShare()))
                        .build();
            }
            default -> throw new AssertionError("there is no call " + method);
        };
    }

    private static <B extends Message.Builder> B read(JsonNode request, B into) {
        try {
            JsonFormat.parser().merge(request.toString(), into);
            return into;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
