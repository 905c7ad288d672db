package dev.lea.client;

import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.AugmentActionsRequest;
import dev.lea.proto.environment.v1.AugmentActionsResponse;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import dev.lea.proto.environment.v1.GetEnvironmentRequest;
import dev.lea.proto.environment.v1.GetEnvironmentResponse;
import dev.lea.proto.environment.v1.GetStatesRequest;
import dev.lea.proto.environment.v1.GetStatesResponse;
import dev.lea.proto.environment.v1.PutItemsRequest;
import dev.lea.proto.environment.v1.PutItemsResponse;
import dev.lea.proto.environment.v1.ScoreActionsRequest;
import dev.lea.proto.environment.v1.ScoreActionsResponse;
import io.grpc.Status;
import java.util.Iterator;
import java.util.function.Consumer;

/// Asks env-server for states, rewards and positive actions.
///
/// Every method throws [LeaException] when the call failed.
public final class EnvironmentClient {
    private static final int MAX_IN_FLIGHT = 1024;

    private final LeaChannel channel;

    public EnvironmentClient(LeaChannel channel) {
        this.channel = channel;
    }

    /// The live LE.
    public GetEnvironmentResponse describe() {
        return channel.call(
                EnvironmentServiceGrpc.getGetEnvironmentMethod(),
                GetEnvironmentRequest.getDefaultInstance());
    }

    /// States of histories, or of all their prefixes.
    public GetStatesResponse states(GetStatesRequest request) {
        return channel.call(EnvironmentServiceGrpc.getGetStatesMethod(), request);
    }

    /// Rewards of candidate actions.
    public ScoreActionsResponse score(ScoreActionsRequest request) {
        return channel.call(EnvironmentServiceGrpc.getScoreActionsMethod(), request);
    }

    /// Positive actions.
    public AugmentActionsResponse augment(AugmentActionsRequest request) {
        return channel.call(EnvironmentServiceGrpc.getAugmentActionsMethod(), request);
    }

    /// Registers items by their texts. Give the request an id: a repeat then changes nothing.
    public PutItemsResponse putItems(PutItemsRequest request) {
        return channel.call(
                EnvironmentServiceGrpc.getPutItemsMethod(),
                request,
                channel.settings().slowCallDeadline());
    }

    /// Annotates sequences in bulk over one stream and hands each answer on, in the order of the requests.
    ///
    /// Requests are drawn, and answers handed on, on the calling thread: while `answers` is busy, no more
    /// than `inFlight` sequences are under way, here and on the server together. An answer that does not come
    /// within the settings' idle timeout, an exception from either argument, or an interruption of the thread
    /// cancels the stream; the answers handed on until then stand, so that a caller who counts them can go on
    /// from there with a new call.
    ///
    /// @param requests drawn one by one as there is room; it should not block for long
    /// @param inFlight sequences asked for and not yet handed on, 1..1024
    /// @return the number of answers
    public long annotate(
            Iterator<AnnotateRequest> requests, int inFlight, Consumer<AnnotateResponse> answers) {
        if (inFlight < 1 || inFlight > MAX_IN_FLIGHT) {
            throw new IllegalArgumentException(
                    "inFlight must be in [1, " + MAX_IN_FLIGHT + "] but is " + inFlight);
        }
        var patience = channel.settings().idleTimeout();
        try (var stream = channel.stream(EnvironmentServiceGrpc.getAnnotateMethod(), inFlight)) {
            long asked = 0;
            long answered = 0;
            boolean finished = false;
            while (true) {
                while (!finished && asked - answered < inFlight) {
                    if (requests.hasNext()) {
                        stream.send(requests.next());
                        asked++;
                    } else {
                        stream.finish();
                        finished = true;
                    }
                }
                var answer = stream.next(patience);
                if (answer.isEmpty()) {
                    requireAllAnswered(stream, finished, asked, answered);
                    return answered;
                }
                answered++;
                answers.accept(answer.get());
            }
        }
    }

    private static void requireAllAnswered(
            StreamCall<?, ?> stream, boolean finished, long asked, long answered) {
        if (!finished || asked != answered) {
            throw stream.failure(
                    Status.Code.INTERNAL,
                    "STREAM_CUT",
                    "the server ended the stream after " + answered + " of " + asked + " answers");
        }
    }
}
