package dev.lea.trainer.run;

import dev.lea.client.AgentClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.RepositoryClient;
import dev.lea.proto.agent.v1.RecommendRequest;
import dev.lea.proto.agent.v1.RecommendResponse;
import dev.lea.proto.agent.v1.Recommendation;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.trainer.v1.Example;
import dev.lea.proto.trainer.v1.PublishedVersion;
import dev.lea.proto.trainer.v1.RecommenderReport;
import dev.lea.proto.trainer.v1.TitledItem;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.trainer.agent.AgentData;
import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.AgentTraining;
import dev.lea.trainer.agent.Annotations;
import dev.lea.trainer.agent.ItemRows;
import dev.lea.trainer.agent.PolicyBundle;
import dev.lea.trainer.agent.PolicyItems;
import dev.lea.trainer.agent.ServedPolicy;
import dev.lea.trainer.agent.TrainedAgent;
import dev.lea.trainer.data.Catalogue;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.environment.ItemTable;
import dev.lea.trainer.evaluation.Popularity;
import dev.lea.trainer.evaluation.Ranking;
import dev.lea.trainer.evaluation.RankingEvaluation;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.net.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/// The stages of a run that train recommenders, rank them, and make one live in agent-server.
final class AgentStages {
    /// What a policy that goes live may lose against the one that is live, of its validation NDCG@10.
    private static final double TOLERANCE = 0.05;

    /// Largest difference between the trainer's scores and the served ones.
    private static final double PARITY = 1e-4;

    private static final int PARITY_HISTORIES = 16;
    private static final int PARITY_ITEMS = 20;
    private static final int EXAMPLES = 4;

    private final RunRecord record;
    private final Dataset data;
    private final RunSettings settings;
    private final Outage outage;
    private final RepositoryClient repository;
    private final AgentClient agent;
    private final RankingEvaluation evaluation;
    private final Lock memory = new ReentrantLock(); // held by whoever trains on a large catalogue
    private final Map<String, TrainedAgent> trained = new LinkedHashMap<>(); // guarded by this
    private final Map<String, String> environments = new LinkedHashMap<>(); // guarded by this
    private final Map<String, PolicyItems> items = new LinkedHashMap<>(); // guarded by this

    AgentStages(
            RunRecord record,
            Dataset data,
            RunSettings settings,
            Outage outage,
            LeaChannel server) {
        this.record = record;
        this.data = data;
        this.settings = settings;
        this.outage = outage;
        this.repository = new RepositoryClient(server);
        this.agent = new AgentClient(server);
        this.evaluation = new RankingEvaluation(data.catalogue().size());
    }

    /// Ranks the floor that every recommender must be above.
    void rankFloor() {
        Scorer popularity = Popularity.of(data.train(), data.catalogue().size());
        Map<String, Double> metrics =
                new TreeMap<>(evaluation.rank(popularity, data.valid()).metrics("valid"));
        metrics.putAll(evaluation.rank(popularity, data.test()).metrics("test"));
        report("popularity", metrics, 0, 0);
        record.update(run -> {
            run.clearExamples();
            examples().forEach(run::addExamples);
        });
    }

    /// Trains a recommender and ranks it on held-out users.
    ///
    /// @param annotations what the LE said of each transition; null where nothing is learned from it
    /// @param le          whose item tokens it may start from or read
    TrainedAgent train(
            AgentSettings agentSettings, Annotations annotations, EnvironmentStages.Live le) {
        float[][] itemTokens = agentSettings.startsFromItemTokens() ? le.items().tokens() : null;
        PolicyItems known = items(agentSettings, le);
        boolean asks = annotations != null || known.rows().isPresent();
        String environment = asks ? le.digest() : "";
        String label = agentSettings.label();
        String stage = "train " + label;
        var progress = record.stage(stage, "updates");
        var agentData =
                new AgentData(
                        data.catalogue().size(),
                        Transitions.of(settings.trainingPart(data, le.heldOut())),
                        annotations,
                        itemTokens,
                        known,
                        data.digest() + environment);
        TrainedAgent result = train(agentSettings, agentData, le, progress);
        Map<String, Double> metrics = new TreeMap<>();
        synchronized (this) {
            trained.put(label, result);
            environments.put(label, environment);
            items.put(label, known);
        }
        try (var policy = load(result)) {
            metrics.putAll(evaluation.rank(policy, data.valid()).metrics("valid"));
            Ranking test = evaluation.rank(policy, data.test());
            metrics.putAll(test.metrics("test"));
            if (agentSettings.readsItemRows() && !le.heldOut().isEmpty()) {
                metrics.putAll(le.heldOut().figures("test", test));
            }
        }
        report(
                label,
                metrics,
                result.updates(),
                result.best().epoch() * (result.updates() / Math.max(1, result.epochs().size())));
        record.complete(
                stage,
                String.format(
                        Locale.ROOT,
                        "validation NDCG@10 %.4f after epoch %d",
                        result.best().validation(),
                        result.best().epoch()));
        return result;
    }

    private TrainedAgent train(
            AgentSettings agentSettings,
            AgentData agentData,
            EnvironmentStages.Live le,
            Progress progress) {
        boolean large = agentSettings.sampling().samples(agentData.items());
        if (large) {
            memory.lock();
        }
        try (var training =
                AgentTraining.open(
                        agentSettings,
                        agentData,
                        record.folder().resolve("agent-" + agentSettings.label()),
                        policy -> evaluation.rank(policy, chosenBy(agentSettings, le)).ndcg(),
                        progress)) {
            return training.run();
        } finally {
            if (large) {
                memory.unlock();
            }
        }
    }

    /// Makes the first policy live.
    void publishFirst(TrainedAgent first) throws InterruptedException {
        publish(first, "publish first policy");
    }

    /// Makes the better of the two reinforcement learners live, if it is not worse than what is live.
    ///
    /// @throws Failure.Conflict naming the figure by which it is worse
    void publishBetter() throws InterruptedException {
        TrainedAgent better;
        TrainedAgent live;
        synchronized (this) {
            better =
                    List.of(
                                    trained.get(settings.base().label()),
                                    trained.get(settings.lea().label()))
                            .stream()
                            .max(Comparator.comparingDouble(a -> a.best().validation()))
                            .orElseThrow();
            live = trained.get(settings.supervised().label());
        }
        double bound = live.best().validation() * (1 - TOLERANCE);
        if (!(better.best().validation() >= bound)) {
            throw new Failure.Conflict(
                    "POLICY_NOT_GOOD_ENOUGH",
                    String.format(
                            Locale.ROOT,
                            "valid.ndcg@10 of %s is %.4f, less than %.4f, which is %d %% of the live policy's; it was not published",
                            better.settings().label(),
                            better.best().validation(),
                            bound,
                            Math.round(100 * (1 - TOLERANCE))),
                    Map.of());
        }
        publish(better, "publish better policy");
        String label = better.settings().label();
        record.update(run ->
                run.getRecommendersBuilderList()
                        .forEach(r -> r.setWinner(r.getName().equals(label))));
    }

    private void publish(TrainedAgent policy, String stage) throws InterruptedException {
        record.stage(stage, "versions");
        String label = policy.settings().label();
        Bundle bundle = bundle(policy);
        Version version =
                outage.outlast(
                        "publish " + label,
                        () ->
                                repository.upload(
                                        bundle.folder(), record.get().getRunId() + "-" + label));
        outage.outlast(
                "activate " + label, () -> repository.activate(version.getModel().getVersion()));
        double parity =
                outage.outlast(
                        "compare " + label, () -> parity(policy, version.getModel().getVersion()));
        if (!(parity <= PARITY)) {
            outage.outlast("roll back " + label, repository::rollBack);
            throw new Failure.Conflict(
                    "POLICY_NOT_THE_SAME",
                    "agent-server's scores of "
                            + label
                            + " differ from the trainer's by "
                            + parity
                            + ", more than "
                            + PARITY
                            + "; it was rolled back",
                    Map.of());
        }
        boolean known =
                record.get().getPublishedList().stream()
                        .anyMatch(p -> p.getModel().equals(version.getModel()));
        if (!known) {
            record.update(run ->
                    run.addPublished(
                            PublishedVersion.newBuilder()
                                    .setRecommender(label)
                                    .setModel(version.getModel())
                                    .setActivateTime(RunRecord.now())
                                    .setParity(parity)));
        }
        record.complete(stage, label + " is version " + version.getModel().getVersion());
    }

    private Bundle bundle(TrainedAgent policy) {
        String label = policy.settings().label();
        Path folder = record.folder().resolve("policy-" + label);
        if (Files.exists(folder)) {
            return Bundle.open(folder);
        }
        Map<String, String> parents = new TreeMap<>(Map.of("data", data.digest()));
        synchronized (this) {
            if (!environments.get(label).isEmpty()) {
                parents.put("environment", environments.get(label));
            }
        }
        Map<String, Double> metrics = new TreeMap<>();
        record.get().getRecommendersList().stream()
                .filter(r -> r.getName().equals(label))
                .forEach(r -> metrics.putAll(r.getMetricsMap()));
        metrics.values().removeIf(figure -> !Double.isFinite(figure));
        return PolicyBundle.write(
                folder,
                policy,
                data.catalogue().index(),
                items(label),
                histories(),
                new PolicyBundle.Origin(label, parents, metrics));
    }

    /// Largest difference between served scores and the trainer's own, over the best items of a few histories.
    private double parity(TrainedAgent policy, long version) {
        double largest = 0;
        Catalogue catalogue = data.catalogue();
        try (var own = load(policy)) {
            for (int[] history : histories()) {
                float[] scores = new float[catalogue.size()];
                own.score(List.of(history), scores);
                RecommendResponse served =
                        agent.recommend(
                                RecommendRequest.newBuilder()
                                        .addAllHistoryItemIds(
                                                Arrays.stream(history)
                                                        .mapToObj(catalogue::id)
                                                        .toList())
                                        .setK(Math.min(PARITY_ITEMS, catalogue.size()))
                                        .setVersion(
                                                dev.lea.proto.common.v1.VersionPin.newBuilder()
                                                        .setExpectedVersion(version))
                                        .build());
                for (Recommendation item : served.getItemsList()) {
                    double difference =
                            item.getScore() - (double) scores[catalogue.indexOf(item.getItemId())];
                    largest = Math.max(largest, Math.abs(difference));
                }
            }
        }
        return largest;
    }

    private List<int[]> histories() {
        return data.test().stream()
                .limit(PARITY_HISTORIES)
                .map(s -> Arrays.copyOf(s.items(), s.length() - 1))
                .toList();
    }

    private ServedPolicy load(TrainedAgent policy) {
        return ServedPolicy.load(
                policy.settings().encoder(), items(policy.settings().label()), policy.parameters());
    }

    private synchronized PolicyItems items(String label) {
        return items.get(label);
    }

    /// Validation users; without the items that are held out, since there are none of new items when one is trained.
    private List<Sequence> chosenBy(AgentSettings agentSettings, EnvironmentStages.Live le) {
        return agentSettings.readsItemRows() ? le.heldOut().takenFrom(data.valid()) : data.valid();
    }

    /// What a recommender knows of items. Those that are held out are no negatives, as new ones are not, unless the LE's
    /// positive actions are learned from, among which they may be.
    private PolicyItems items(AgentSettings agentSettings, EnvironmentStages.Live le) {
        if (!agentSettings.readsItemRows()) {
            return PolicyItems.of(data.catalogue().size());
        }
        ItemTable table = le.items();
        var rows = new ItemRows(table.items(), ItemTable.columns(table.width()), table.elements());
        boolean allMatter = le.heldOut().isEmpty() || agentSettings.lea().variant().actions();
        return allMatter ? PolicyItems.of(rows) : PolicyItems.of(rows, le.heldOut().known());
    }

    /// Adds or replaces a recommender's figures; the table keeps one order, whoever ends first.
    private void report(String name, Map<String, Double> metrics, long steps, long best) {
        List<String> order =
                List.of(
                        "popularity",
                        settings.supervised().label(),
                        settings.base().label(),
                        settings.lea().label());
        record.update(run -> {
            List<RecommenderReport> all = new ArrayList<>(run.getRecommendersList());
            all.removeIf(r -> r.getName().equals(name));
            all.add(
                    RecommenderReport.newBuilder()
                            .setName(name)
                            .putAllMetrics(metrics)
                            .setSteps(steps)
                            .setBestStep(best)
                            .build());
            all.sort(Comparator.comparingInt(r -> order.indexOf(r.getName())));
            run.clearRecommenders().addAllRecommenders(all);
        });
    }

    private List<Example> examples() {
        return data.test().stream()
                .filter(s -> s.length() >= 4)
                .limit(EXAMPLES)
                .map(s ->
                        Example.newBuilder()
                                .setUserId(s.userId())
                                .addAllHistory(
                                        Arrays.stream(s.items())
                                                .limit(s.length() - 1L)
                                                .mapToObj(this::titled)
                                                .toList())
                                .setNext(titled(s.item(s.length() - 1)))
                                .build())
                .toList();
    }

    private TitledItem titled(int item) {
        return TitledItem.newBuilder()
                .setItemId(data.catalogue().id(item))
                .setTitle(data.catalogue().title(item))
                .build();
    }
}
