package dev.lea.cli.demo;

import dev.lea.cli.run.RunView;
import dev.lea.cli.terminal.Terminal;
import dev.lea.client.AgentClient;
import dev.lea.client.TrainerClient;
import dev.lea.proto.trainer.v1.Run;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.proto.trainer.v1.RunState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What happens while the three programs stand: a run is created and watched; as soon as its first policy is
/// live, a load asks agent-server until after the last swap.
final class Story {
    /// How it ended.
    ///
    /// @param load   empty when no policy went live
    /// @param users  for whom `before` and `after` were asked
    /// @param before by the first policy; empty when none went live
    /// @param after  by the last policy
    record Outcome(
            Run run,
            Optional<LoadReport> load,
            List<Comparison.User> users,
            Optional<Comparison> before,
            Optional<Comparison> after) {
        boolean isGood() {
            return run.getState() == RunState.RUN_STATE_SUCCEEDED
                    && load.isPresent()
                    && load.get().failed() == 0;
        }
    }

    private final Terminal terminal;
    private final TrainerClient trainer;
    private final AgentClient agent;
    private final DataFolder data;
    private final Duration afterwards;

    // Touched by the telling thread; `load` is read by the one that draws, too.
    private volatile Load load;
    private List<Comparison.User> users = List.of();
    private Comparison before;

    /// @param agent      must not repeat calls, so that each failure is counted
    /// @param afterwards how long the load goes on after the run, so that the last version answers for a while
    Story(
            Terminal terminal,
            TrainerClient trainer,
            AgentClient agent,
            DataFolder data,
            Duration afterwards) {
        this.terminal = terminal;
        this.trainer = trainer;
        this.agent = agent;
        this.data = data;
        this.afterwards = afterwards;
    }

    /// Runs it to its end, good or bad.
    ///
    /// @throws dev.lea.client.LeaException if a server is lost
    /// @throws InterruptedException if this thread is asked to end
    Outcome tell(RunSpec spec) throws InterruptedException {
        Run created = trainer.create(spec);
        terminal.heading("Training, run " + created.getRunId());
        try {
            Run run = watch(created.getRunId(), spec.getSeed());
            if (load == null) {
                return new Outcome(
                        run, Optional.empty(), users, Optional.empty(), Optional.empty());
            }
            Thread.sleep(afterwards);
            var after = Comparison.ask(agent, users);
            load.close();
            return new Outcome(
                    run,
                    Optional.of(load.report()),
                    users,
                    Optional.of(before),
                    Optional.of(after));
        } finally {
            if (load != null) {
                load.close();
            }
        }
    }

    private Run watch(String runId, long seed) {
        try (var view =
                new RunView(terminal, () -> load == null ? "" : "load: " + load.summary())) {
            return trainer.watch(
                    runId,
                    run -> {
                        view.update(run);
                        if (load == null && run.getPublishedCount() > 0) {
                            users = Comparison.users(run.getExamplesList(), data.histories());
                            before = Comparison.ask(agent, users);
                            load = Load.start(agent, List.copyOf(data.histories().values()), seed);
                        }
                    });
        }
    }
}
