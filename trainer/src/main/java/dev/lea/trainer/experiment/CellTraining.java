package dev.lea.trainer.experiment;

import dev.lea.trainer.agent.AgentData;
import dev.lea.trainer.agent.AgentSettings;
import dev.lea.trainer.agent.AgentTraining;
import dev.lea.trainer.agent.Annotations;
import dev.lea.trainer.agent.PolicyItems;
import dev.lea.trainer.agent.PolicyStates;
import dev.lea.trainer.agent.ServedPolicy;
import dev.lea.trainer.agent.TrainedAgent;
import dev.lea.trainer.data.Transitions;
import dev.lea.trainer.evaluation.PrincipalComponents;
import dev.lea.trainer.evaluation.Ranking;
import dev.lea.trainer.evaluation.Scorer;
import dev.lea.trainer.net.Progress;
import dev.lea.trainer.run.EnvironmentWork.Prepared;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Trains one cell and keeps what came out.
///
/// @param subject  its data set
/// @param prepared the LE; null where no cell asks for one
/// @param plain    the LE that never saw the log; null where no control asks for one
/// @param protocol how the data set is parted
record CellTraining(Subject subject, Prepared prepared, Prepared plain, String protocol) {
    private static final int PICTURED = 400;

    /// Of everything that decides how a cell goes.
    String fingerprint(Cell cell) {
        return cell.settings() + " on " + digest(cell);
    }

    private String digest(Cell cell) {
        String digest = subject.data().digest() + ", " + protocol;
        if (cell.settings().lea().variant().asksEnvironment()) {
            digest += ", LE " + environment(cell).digest();
        }
        return cell.treatment().isControl() ? digest + ", " + cell.treatment().kind() : digest;
    }

    private Prepared environment(Cell cell) {
        return cell.treatment().kind() == Treatment.Kind.UNADAPTED_STATES ? plain : prepared;
    }

    /// Trains a cell to the end, or from where its last checkpoint stands.
    ///
    /// @param pictured whether to make a picture of its states
    CellResult run(Cell cell, Path folder, boolean pictured, Progress progress) {
        long start = System.nanoTime();
        TrainedAgent agent;
        try (var training =
                AgentTraining.open(
                        cell.settings(),
                        data(cell),
                        folder.resolve("training"),
                        policy -> subject.evaluation().rank(policy, subject.parts().valid()).ndcg(),
                        progress)) {
            agent = training.run();
        }
        AgentSettings settings = agent.settings();
        try (var policy =
                ServedPolicy.load(settings.encoder(), subject.items(), agent.parameters())) {
            Ranking test = subject.evaluation().rank(policy, subject.parts().test());
            var result =
                    new CellResult(
                            fingerprint(cell),
                            metrics(policy, test),
                            agent.epochs(),
                            agent.best().epoch(),
                            agent.updates(),
                            (System.nanoTime() - start) / 1e9,
                            pictured ? picture(agent) : null);
            result.save(folder, ranks(test));
            return result;
        }
    }

    /// Ranking and diagnostics of anything that can score.
    Map<String, Double> metrics(Scorer scorer, Ranking test) {
        Map<String, Double> metrics = new TreeMap<>(test.metrics("test"));
        metrics.put("test.distance@10", subject.distance().within(test.lists()));
        metrics.putAll(subject.evaluation().rank(scorer, subject.parts().valid()).metrics("valid"));
        return metrics;
    }

    private AgentData data(Cell cell) {
        AgentSettings settings = cell.settings();
        Transitions transitions = subject.transitions();
        if (!settings.lea().variant().asksEnvironment()) {
            return new AgentData(subject.items(), transitions, null, digest(cell));
        }
        Prepared environment = environment(cell);
        Annotations annotations =
                ControlAnnotations.of(
                        cell.treatment().kind(),
                        environment.annotations(),
                        transitions,
                        subject.items(),
                        settings.seed());
        return new AgentData(
                subject.items(),
                transitions,
                annotations,
                settings.startsFromItemTokens() ? environment.itemTokens() : null,
                PolicyItems.of(subject.items()),
                digest(cell));
    }

    private CellResult.Picture picture(TrainedAgent agent) {
        Transitions events = subject.parts().test();
        int every = Math.max(1, Math.ceilDiv(events.size(), PICTURED));
        List<int[]> histories = new ArrayList<>();
        for (int event = 0; event < events.size(); event += every) {
            histories.add(events.history(event));
        }
        float[][] states = PolicyStates.of(agent, subject.items(), histories);
        var picture = PrincipalComponents.of(states);
        double[] shades = new double[histories.size()];
        int longest = agent.settings().encoder().historyLength();
        for (int i = 0; i < shades.length; i++) {
            shades[i] = Math.min(1, histories.get(i).length / (double) longest);
        }
        return new CellResult.Picture(picture.points(), shades, picture.first() + picture.second());
    }

    static int[] ranks(Ranking ranking) {
        int[] ranks = new int[ranking.events().size()];
        for (int event = 0; event < ranks.length; event++) {
            ranks[event] = ranking.rank(event);
        }
        return ranks;
    }
}
