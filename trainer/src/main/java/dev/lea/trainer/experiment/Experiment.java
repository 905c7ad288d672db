package dev.lea.trainer.experiment;

import dev.lea.client.Endpoint;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.ItemKnn;
import dev.lea.trainer.evaluation.LastItem;
import dev.lea.trainer.evaluation.Parts.Protocol;
import dev.lea.trainer.evaluation.Popularity;
import dev.lea.trainer.evaluation.Ranking;
import dev.lea.trainer.evaluation.RewardSpread;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.experiment.Treatment.Kind;
import dev.lea.trainer.run.EnvironmentCost;
import dev.lea.trainer.run.EnvironmentWork;
import dev.lea.trainer.run.EnvironmentWork.Order;
import dev.lea.trainer.run.EnvironmentWork.Prepared;
import dev.lea.trainer.run.ProcessUse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Trains what a grid has and the disk has not, and compares the whole.
///
/// What can be known to be wrong is found before anything is trained: settings, data sets, results of other settings in
/// the folder. Then one data set after the other: its LE first, then its cells side by side, one thread each. Every
/// cell is kept when it is done and checkpointed on the way, so that an experiment that was cut off goes on from there.
final class Experiment {
    private static final int ACTIVITY_GROUPS = 4;

    /// Makes an LE gentle enough to count as one that never saw the log: one step at the least rate.
    private static final Map<String, String> UNADAPTED =
            Map.of("environment.most_steps", "1", "environment.learning_rate", "1e-7");

    private final ExperimentSettings settings;
    private final Path home;
    private final Board board;

    /// @param home folder of the launcher, for the env-server that it starts
    Experiment(ExperimentSettings settings, Path home, Board board) {
        this.settings = settings;
        this.home = home;
        this.board = board;
    }

    /// What is known of a data set in the end.
    ///
    /// @param floors  figures of what needs no learning, by name
    /// @param results of every cell
    /// @param ranks   of every cell's test events
    /// @param spreads of the LE's rewards; empty without an LE
    /// @param le      figures of its LE; empty without one
    /// @param cost    of its LE
    record Findings(
            Subject subject,
            Map<String, Map<String, Double>> floors,
            Map<Cell, CellResult> results,
            Map<Cell, Ranking> ranks,
            List<RewardSpread> spreads,
            Map<String, Double> le,
            EnvironmentCost cost) {}

    /// Does what is left to do.
    List<Findings> run() throws InterruptedException {
        List<Cell> cells = Grid.of(settings);
        List<Subject> subjects = new ArrayList<>();
        settings.data().forEach((name, folder) -> subjects.add(read(name, folder)));
        subjects.forEach(subject -> check(subject, own(cells, subject)));
        try (var servers = new Servers()) {
            List<Findings> findings = new ArrayList<>();
            boolean begun = false;
            for (Subject subject : subjects) {
                List<Cell> own = own(cells, subject);
                var training =
                        new CellTraining(
                                subject,
                                prepare(subject, own, servers, false),
                                prepare(subject, own, servers, true),
                                settings.protocol().label());
                if (!begun) {
                    begin(cells, training);
                    begun = true;
                }
                findings.add(train(own, training));
            }
            return findings;
        }
    }

    private static List<Cell> own(List<Cell> cells, Subject subject) {
        return cells.stream().filter(cell -> cell.data().equals(subject.name())).toList();
    }

    /// Finds what would end the experiment later.
    private void check(Subject subject, List<Cell> cells) {
        cells.forEach(cell -> cell.settings().expectCatalogue(subject.items()));
        for (boolean plain : new boolean[] {false, true}) {
            if (isAsked(cells, plain)) {
                order(subject, cells, plain).check();
            }
        }
    }

    private Subject read(String name, Path folder) {
        Dataset data = Dataset.read(folder, settings.seed());
        board.say(
                "%s: %,d users, %,d items, %,d events, parted by %s"
                        .formatted(
                                name,
                                data.users(),
                                data.catalogue().size(),
                                data.interactions(),
                                settings.protocol() == Protocol.USERS
                                        ? data.split()
                                        : settings.protocol().label()));
        return Subject.of(name, data, settings.protocol().of(data));
    }

    /// Counts what is done; of the first data set exactly, of the others by the presence of results.
    private void begin(List<Cell> cells, CellTraining training) {
        int known = 0;
        double weight = 0;
        for (Cell cell : cells) {
            Path folder = cell.folder(settings.out());
            boolean done =
                    cell.data().equals(training.subject().name())
                            ? CellResult.load(folder, training.fingerprint(cell)).isPresent()
                            : CellResult.isIn(folder);
            known += done ? 1 : 0;
            weight += done ? 0 : cell.weight();
        }
        board.begin(cells.size(), known, weight, settings.threads());
    }

    /// The LE of a data set; null where no cell asks for it.
    private Prepared prepare(Subject subject, List<Cell> cells, Servers servers, boolean plain)
            throws InterruptedException {
        if (!isAsked(cells, plain)) {
            return null;
        }
        String name = subject.name() + (plain ? ", un-adapted LE" : ", LE");
        EnvironmentWork work =
                EnvironmentWork.open(
                        settings.out()
                                .resolve(subject.name())
                                .resolve(plain ? "environment-plain" : "environment"),
                        order(subject, cells, plain));
        ScheduledExecutorService clock = watch(name, work);
        try {
            return work.run(servers::environment);
        } finally {
            clock.close();
            board.hide(name);
        }
    }

    private static boolean isAsked(List<Cell> cells, boolean plain) {
        return cells.stream()
                .anyMatch(cell ->
                        cell.settings().lea().variant().asksEnvironment()
                                && plain == (cell.treatment().kind() == Kind.UNADAPTED_STATES));
    }

    private Order order(Subject subject, List<Cell> cells, boolean plain) {
        Map<String, String> chosen = new TreeMap<>(Grid.environment(settings, cells));
        if (plain) {
            chosen.putAll(UNADAPTED);
        }
        return new Order(
                settings.data().get(subject.name()),
                fitted(subject),
                subject.parts().train(),
                settings.preset(),
                chosen,
                settings.seed(),
                !plain);
    }

    /// What the LE may learn from: users of the training part, and of them only what agents learn from too.
    private Dataset fitted(Subject subject) {
        Dataset data = subject.data();
        List<Sequence> train =
                settings.protocol() == Protocol.USERS
                        ? data.train()
                        : subject.parts().train().subList(0, data.train().size());
        return new Dataset(
                data.catalogue(),
                train,
                data.valid(),
                data.test(),
                data.hasEvents(),
                data.badRows(),
                data.split(),
                data.digest());
    }

    private ScheduledExecutorService watch(String name, EnvironmentWork work) {
        ScheduledExecutorService clock =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("board").daemon().factory());
        var _ =
                clock.scheduleAtFixedRate(
                        () -> board.show(name, work::status), 0, 500, TimeUnit.MILLISECONDS);
        return clock;
    }

    private Findings train(List<Cell> cells, CellTraining training) throws InterruptedException {
        Subject subject = training.subject();
        Map<Cell, CellResult> results = new LinkedHashMap<>();
        cells.forEach(cell -> results.put(cell, null));
        List<Cell> left = new ArrayList<>();
        for (Cell cell : cells) {
            Optional<CellResult> known =
                    CellResult.load(cell.folder(settings.out()), training.fingerprint(cell));
            if (known.isPresent()) {
                results.put(cell, known.get());
            } else {
                left.add(cell);
            }
        }
        trainSideBySide(left, training, results);
        Map<Cell, Ranking> ranks = new LinkedHashMap<>();
        for (Cell cell : cells) {
            int[] own =
                    CellResult.ranks(cell.folder(settings.out()), subject.parts().test().size());
            ranks.put(cell, new Ranking(subject.parts().test(), own, new int[1], List.of()));
        }
        Prepared le = training.prepared();
        return new Findings(
                subject,
                floors(training),
                results,
                ranks,
                le == null
                        ? List.of()
                        : RewardSpread.of(
                                subject.transitions(), le.annotations()::reward, ACTIVITY_GROUPS),
                le == null ? Map.of() : le.metrics(),
                le == null ? EnvironmentCost.NONE : le.cost());
    }

    private void trainSideBySide(
            List<Cell> left, CellTraining training, Map<Cell, CellResult> results)
            throws InterruptedException {
        var threads =
                Executors.newFixedThreadPool(
                        settings.threads(), Thread.ofPlatform().name("agent-", 0).factory());
        Map<Cell, Future<CellResult>> futures = new LinkedHashMap<>();
        try {
            for (Cell cell : left) {
                futures.put(cell, threads.submit(() -> train(cell, training)));
            }
            for (Map.Entry<Cell, Future<CellResult>> entry : futures.entrySet()) {
                results.put(entry.getKey(), entry.getValue().get());
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure
                    ? failure
                    : new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow(); // those under way end at their next step
            threads.close();
        }
    }

    private CellResult train(Cell cell, CellTraining training) {
        var progress = board.progress(cell);
        boolean pictured = cell.settings().seed() == settings.seeds().getFirst();
        CellResult result =
                training.run(
                        cell,
                        cell.folder(settings.out()),
                        pictured,
                        (done, total, note) -> {
                            if (Thread.currentThread().isInterrupted()) {
                                throw new CancellationException("the experiment ended");
                            }
                            progress.at(done, total, note);
                        });
        board.finish(cell, result);
        return result;
    }

    private static Map<String, Map<String, Double>> floors(CellTraining training) {
        Subject subject = training.subject();
        List<Sequence> train = subject.parts().train();
        Transitions test = subject.parts().test();
        Map<String, Scorer> scorers = new LinkedHashMap<>();
        scorers.put("popularity", Popularity.of(train, subject.items()));
        scorers.put("item-kNN", ItemKnn.of(train, subject.items()));
        scorers.put("last item", new LastItem(subject.items()));
        Map<String, Map<String, Double>> floors = new LinkedHashMap<>();
        scorers.forEach((name, scorer) ->
                floors.put(
                        name, training.metrics(scorer, subject.evaluation().rank(scorer, test))));
        return floors;
    }

    /// An env-server that somebody else runs.
    private record Remote(Endpoint endpoint) implements EnvironmentWork.Server {
        @Override
        public ProcessUse use() {
            return ProcessUse.UNKNOWN;
        }
    }

    /// The env-server, which is started when it is first asked for.
    private final class Servers implements AutoCloseable {
        private EnvironmentProcess started;

        EnvironmentWork.Server environment() {
            if (settings.environment().isPresent()) {
                return new Remote(settings.environment().get());
            }
            try {
                if (started == null) {
                    started = EnvironmentProcess.start(home, settings.out().resolve("env-server"));
                }
                return started;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted while env-server started");
            }
        }

        @Override
        public void close() {
            if (started != null) {
                started.close();
            }
        }
    }
}
