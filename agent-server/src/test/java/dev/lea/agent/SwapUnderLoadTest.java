package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.proto.agent.v1.Exploration;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.serving.batch.BatchLimits;
import dev.lea.serving.onnx.Device;
import dev.lea.serving.rpc.RpcSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SwapUnderLoadTest {
    private static final int N = 40;
    private static final int SWAPS = 100;
    private static final int CALLERS = 4;

    @TempDir Path folder;

    @Test
    void swaps_underLoad_failNoCall_andEveryAnswerIsOfTheVersionItNames() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        var settings =
                new AgentSettings(
                        RpcSettings.DEFAULT,
                        folder.resolve("data"),
                        new BatchLimits(8, 256, 2),
                        1 << 20,
                        Device.CPU,
                        Optional.empty(),
                        Optional.empty());
        // the first has another catalogue than the second, and so another k, too
        var policies = List.of(new LinearPolicy(N, 4, 0), new LinearPolicy(N + 5, 6, 0.01f));
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        var answered = new AtomicLong();
        var stop = new AtomicBoolean();
        try (var server = AgentServer.start(settings);
                var client = new TestClient(server.port())) {
            for (int i = 0; i < 2; i++) {
                client.upload(TestBundles.write(folder.resolve("bundle-" + i), policies.get(i)));
            }
            client.activate(1);
            List<Thread> callers = new ArrayList<>();
            for (int c = 0; c < CALLERS; c++) {
                var random = new Random(seed + c);
                callers.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    while (!stop.get()) {
                                        check(client, policies, random, wrong);
                                        answered.incrementAndGet();
                                    }
                                }));
            }
            for (int swap = 1; swap <= SWAPS; swap++) {
                client.activate(1 + swap % 2);
            }
            stop.set(true);
            for (Thread caller : callers) {
                caller.join();
            }
        }
        assertThat(wrong).as("seed %s", seed).isEmpty();
        assertThat(answered.get()).as("answers").isGreaterThan(SWAPS);
    }

    private static void check(
            TestClient client, List<LinearPolicy> policies, Random random, Queue<String> wrong) {
        int[] history = random.ints(random.nextInt(8), 0, N).toArray();
        int k = 1 + random.nextInt(10);
        boolean explore = random.nextInt(8) == 0;
        var request =
                RecommendRequest.newBuilder()
                        .setK(k)
                        .addAllHistoryItemIds(TestBundles.ids(history));
        if (explore) {
            request.setExploration(Exploration.newBuilder().setTemperature(1));
        }
        try {
            RecommendResponse response = client.recommend(request);
            var policy = policies.get((int) response.getModel().getVersion() - 1);
            if (response.getItemsCount() != k) {
                wrong.add(k + " items asked, " + response.getItemsCount() + " given");
            }
            int[] best = policy.best(history, k, _ -> true);
            for (int place = 0; place < response.getItemsCount(); place++) {
                var item = response.getItems(place);
                int index = Integer.parseInt(item.getItemId().substring("item-".length()));
                float expected = policy.score(history, index);
                if (Math.abs(item.getScore() - expected) > 1e-5
                        || (!explore && index != best[place])) {
                    wrong.add(
                            "version %d: %s has %s, not %s"
                                    .formatted(
                                            response.getModel().getVersion(),
                                            item.getItemId(),
                                            item.getScore(),
                                            expected));
                }
            }
        } catch (RuntimeException e) {
            wrong.add(e.toString());
        }
    }
}
