package dev.lea.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.repository.v1.Aliases;
import dev.lea.proto.repository.v1.GetAliasesRequest;
import dev.lea.proto.repository.v1.RollBackRequest;
import dev.lea.proto.repository.v1.SetCanaryRequest;
import dev.lea.proto.repository.v1.SetShadowRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Kills a server at random moments while versions come and change roles, and holds what the next one serves against
/// what was answered and what was under way. Version i adds i hundredths to every score.
@Timeout(120)
class KilledServerTest {
    private static final int N = 30;
    private static final int ROUNDS = 4;
    private static final int MOST_VERSIONS = 8; // fewer than are kept

    @TempDir Path folder;
    private Process process;
    private TestClient client;

    // what the servers so far have said, and what a change under way would make of it
    private final List<Long> past = new ArrayList<>();
    private Aliases now = Aliases.getDefaultInstance();
    private Aliases underWay = now;
    private List<Long> pastUnderWay = past;
    private int uploaded;

    @AfterEach
    void end() {
        if (client != null) {
            client.close();
        }
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Test
    void kill_whileVersionsChange_leavesTheOldOnesOrTheNewOnes() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        var random = new SplittableRandom(seed);
        int changes = 0;
        start();
        for (int i = 0; i < 3; i++) {
            upload();
        }
        activate(1);
        for (int round = 0; round < ROUNDS; round++) {
            changes += changeUntilKilled(random);
            start();
            Aliases found = aliases();
            assertThat(found).as("seed %d, round %d", seed, round).isIn(now, underWay);
            if (found.equals(underWay)) {
                done();
            }
            assertServes(found.getLive(), 0);
            if (found.getCanary() != 0) {
                assertServes(found.getCanary(), found.getCanary());
            }
        }
        assertThat(changes).as("seed %d", seed).isGreaterThan(ROUNDS);
    }

    /// @return changes that were answered
    private int changeUntilKilled(SplittableRandom random) throws Exception {
        Process target = process;
        long delay = random.nextLong(20, 700);
        var killer =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                if (!target.waitFor(delay, TimeUnit.MILLISECONDS)) {
                                    target.destroyForcibly();
                                }
                            } catch (InterruptedException e) {
                                target.destroyForcibly();
                            }
                        });
        int changes = 0;
        try {
            while (true) {
                change(random);
                changes++;
            }
        } catch (StatusRuntimeException e) {
            // a write that meets the connection's end is UNKNOWN to grpc's client
            assertThat(
                            e.getStatus().getCode() == Status.Code.UNAVAILABLE
                                    || e.getStatus().getCause() instanceof IOException)
                    .as(() -> e + ", " + e.getStatus().getCause())
                    .isTrue();
        }
        killer.join();
        assertThat(target.waitFor(20, TimeUnit.SECONDS)).isTrue();
        client.close();
        return changes;
    }

    private void change(SplittableRandom random) throws Exception {
        long version = random.nextInt(1, uploaded + 1);
        switch (random.nextInt(6)) {
            case 0 -> {
                if (uploaded < MOST_VERSIONS) {
                    upload();
                }
            }
            case 1 -> {
                if (version != now.getLive()) {
                    canary(version, random.nextInt(1, 5) / 4.0);
                }
            }
            case 2 -> {
                if (version != now.getLive()) {
                    shadow(version);
                }
            }
            case 3 -> {
                if (!past.isEmpty()) {
                    rollBack();
                }
            }
            default -> activate(version);
        }
    }

    private void upload() throws Exception {
        int number = uploaded + 1;
        Path bundle = folder.resolve("bundle-" + number);
        if (!Files.exists(bundle)) {
            TestBundles.write(bundle, policy(number));
        }
        assertThat(client.upload(bundle)).isEqualTo(number);
        uploaded = number;
    }

    private void activate(long version) {
        List<Long> longer = new ArrayList<>(past);
        if (now.getLive() != 0 && now.getLive() != version) {
            longer.add(now.getLive());
        }
        underWay(live(version), longer);
        client.activate(version);
        done();
    }

    private void rollBack() {
        underWay(live(past.getLast()), past.subList(0, past.size() - 1));
        var _ = client.repository().rollBack(RollBackRequest.getDefaultInstance());
        done();
    }

    private void canary(long version, double share) {
        underWay(now.toBuilder().setCanary(version).setCanaryShare(share).build(), past);
        var _ =
                client.repository()
                        .setCanary(
                                SetCanaryRequest.newBuilder()
                                        .setVersion(version)
                                        .setShare(share)
                                        .build());
        done();
    }

    private void shadow(long version) {
        underWay(now.toBuilder().setShadow(version).build(), past);
        var _ =
                client.repository()
                        .setShadow(SetShadowRequest.newBuilder().setVersion(version).build());
        done();
    }

    /// A version that becomes live gives its other roles up.
    private Aliases live(long version) {
        var next = now.toBuilder().setLive(version);
        if (next.getCanary() == version) {
            next.clearCanary().clearCanaryShare();
        }
        if (next.getShadow() == version) {
            next.clearShadow();
        }
        return next.build();
    }

    private void underWay(Aliases aliases, List<Long> steps) {
        underWay = aliases;
        pastUnderWay = List.copyOf(steps);
    }

    private void done() {
        now = underWay;
        List<Long> steps = List.copyOf(pastUnderWay);
        past.clear();
        past.addAll(steps);
        assertThat(aliases()).isEqualTo(now);
    }

    private Aliases aliases() {
        return client.repository().getAliases(GetAliasesRequest.getDefaultInstance()).getAliases();
    }

    /// @param pin version that is asked for; 0 for whichever
    private void assertServes(long version, long pin) {
        int[] history = {1, 2, 3};
        var request =
                RecommendRequest.newBuilder()
                        .setK(1)
                        .addAllHistoryItemIds(TestBundles.ids(history));
        request.getVersionBuilder().setExpectedVersion(pin == 0 ? version : pin);
        var answer = client.recommend(request);
        int best = policy(version).best(history, 1, _ -> true)[0];
        assertThat(answer.getModel().getVersion()).isEqualTo(version);
        assertThat(answer.getItems(0).getItemId()).isEqualTo(TestBundles.id(best));
        assertThat(answer.getItems(0).getScore())
                .isCloseTo(policy(version).score(history, best), within(1e-5f));
    }

    private static LinearPolicy policy(long version) {
        return new LinearPolicy(N, 4, 0.01f * version);
    }

    private void start() throws Exception {
        Path port = folder.resolve("port");
        Files.deleteIfExists(port);
        process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "--port=0",
                                "--port-file=" + port,
                                "--data-dir=" + folder.resolve("data"))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(folder.resolve("log").toFile())
                        .start();
        while (!Files.exists(port)) {
            assertThat(process.waitFor(20, TimeUnit.MILLISECONDS))
                    .as(() -> "it ended: " + log())
                    .isFalse();
        }
        client = new TestClient(Integer.parseInt(Files.readString(port).strip()));
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
