package dev.lea.cli.ask;

import java.util.List;

/// The commands of this package.
public final class AskCommands {
    private AskCommands() {}

    /// New ones, in the order in which help lists them.
    public static List<Object> all() {
        return List.of(
                new StatusCommand(),
                new RecommendCommand(),
                new ScoreCommand(),
                new FeedbackCommand(),
                new StateCommand(),
                new AugmentCommand(),
                new VersionsCommand(),
                new ActivateCommand(),
                new RollBackCommand(),
                new TrainCommand(),
                new RunsCommand(),
                new WatchCommand(),
                new CancelCommand());
    }
}
