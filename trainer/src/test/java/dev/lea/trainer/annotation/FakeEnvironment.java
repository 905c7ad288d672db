package dev.lea.trainer.annotation;

import dev.lea.client.ClientSettings;
import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.proto.common.v1.Embeddings;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.environment.v1.AnnotateRequest;
import dev.lea.proto.environment.v1.AnnotateResponse;
import dev.lea.proto.environment.v1.AnnotatedActions;
import dev.lea.proto.environment.v1.EnvironmentServiceGrpc;
import dev.lea.proto.environment.v1.PositiveAction;
import dev.lea.proto.environment.v1.Reward;
import dev.lea.proto.environment.v1.RewardSource;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/// An env-server inside the test's process that answers as the test says, by rules simple enough to recompute.
final class FakeEnvironment implements AutoCloseable {
    static final int WIDTH = 2;
    static final String DIGEST = "the-version";

    private final String name = InProcessServerBuilder.generateName();
    private final List<AnnotateRequest> asked = new ArrayList<>(); // guarded by this
    private final LeaChannel channel =
            LeaChannel.open(
                    "env-server",
                    InProcessChannelBuilder.forName(name),
                    ClientSettings.DEFAULT.withIdleTimeout(Duration.ofMillis(400)));
    private final Server server;

    /// @param behaviour the answer to a request and its number since the start, from 1; null stays silent; an
    ///     exception ends the stream
    FakeEnvironment(BiFunction<AnnotateRequest, Integer, AnnotateResponse> behaviour)
            throws IOException {
        var service =
                new EnvironmentServiceGrpc.EnvironmentServiceImplBase() {
                    @Override
                    public StreamObserver<AnnotateRequest> annotate(
                            StreamObserver<AnnotateResponse> answers) {
                        return new Stream(behaviour, answers);
                    }
                };
        this.server = InProcessServerBuilder.forName(name).addService(service).build().start();
    }

    EnvironmentClient client() {
        return new EnvironmentClient(channel);
    }

    synchronized int asked() {
        return asked.size();
    }

    @Override
    public void close() {
        channel.close();
        server.shutdownNow();
    }

    /// What an env-server that is well says: the state after t items is (t, items), the reward of item t is 1 /
    /// (2 + t), and the positive action is item "b".
    static AnnotateResponse sound(AnnotateRequest request) {
        return answer(request, DIGEST, RewardSource.REWARD_SOURCE_MODEL).build();
    }

    static AnnotateResponse.Builder answer(
            AnnotateRequest request, String digest, RewardSource source) {
        int length = request.getItemIdsCount();
        var states = Embeddings.newBuilder().setCount(length + 1).setDimension(WIDTH);
        var answer =
                AnnotateResponse.newBuilder()
                        .setModel(ModelVersion.newBuilder().setVersion(3).setDigest(digest))
                        .setSequenceId(request.getSequenceId());
        for (int t = 0; t <= length; t++) {
            states.addValues(t).addValues(length);
            if (t < length) {
                answer.addRewards(
                        Reward.newBuilder()
                                .setItemId(request.getItemIds(t))
                                .setReward(1f / (2 + t))
                                .setSource(source));
                answer.addPositiveActions(
                        AnnotatedActions.newBuilder()
                                .addActions(
                                        PositiveAction.newBuilder()
                                                .setReward(
                                                        Reward.newBuilder()
                                                                .setItemId("b")
                                                                .setReward(0.75f)))
                                .setNextStates(
                                        Embeddings.newBuilder()
                                                .setCount(1)
                                                .setDimension(WIDTH)
                                                .addValues(-t)
                                                .addValues(9)));
            }
        }
        return answer.setStates(states);
    }

    private final class Stream implements StreamObserver<AnnotateRequest> {
        private final BiFunction<AnnotateRequest, Integer, AnnotateResponse> behaviour;
        private final StreamObserver<AnnotateResponse> answers;
        private boolean over;

        Stream(
                BiFunction<AnnotateRequest, Integer, AnnotateResponse> behaviour,
                StreamObserver<AnnotateResponse> answers) {
            this.behaviour = behaviour;
            this.answers = answers;
        }

        @Override
        public void onNext(AnnotateRequest request) {
            int number;
            synchronized (FakeEnvironment.this) {
                asked.add(request);
                number = asked.size();
            }
            if (over) {
                return;
            }
            try {
                AnnotateResponse answer = behaviour.apply(request, number);
                if (answer != null) {
                    answers.onNext(answer);
                }
            } catch (io.grpc.StatusRuntimeException e) {
                over = true;
                answers.onError(e);
            }
        }

        @Override
        public void onError(Throwable problem) {
            over = true;
        }

        @Override
        public void onCompleted() {
            if (!over) {
                answers.onCompleted();
            }
        }
    }

    static RuntimeException failing(Status status) {
        return status.asRuntimeException();
    }
}
