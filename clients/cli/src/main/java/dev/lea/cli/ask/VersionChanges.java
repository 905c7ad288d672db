package dev.lea.cli.ask;

import dev.lea.client.LeaChannel;
import dev.lea.client.RepositoryClient;
import dev.lea.proto.repository.v1.ActivateVersionResponse;

/// The two changes of the live version that have commands of their own beside `lea versions`.
final class VersionChanges {
    private VersionChanges() {}

    /// @param expected number of the version that must be live now; 0 for any
    static int activate(LeaChannel channel, Answers answers, long version, long expected) {
        tell(new RepositoryClient(channel).activate(version, expected), answers);
        return ExitCode.DONE;
    }

    static int rollBack(LeaChannel channel, Answers answers) {
        var done = new RepositoryClient(channel).rollBack();
        if (answers.json()) {
            answers.json(done);
        } else {
            answers.say(
                    "version %d is live again; version %d was"
                            .formatted(
                                    done.getVersion().getModel().getVersion(),
                                    done.getPrevious().getModel().getVersion()));
        }
        return ExitCode.DONE;
    }

    static void tell(ActivateVersionResponse done, Answers answers) {
        if (answers.json()) {
            answers.json(done);
            return;
        }
        answers.say(
                "version %d is live%s"
                        .formatted(
                                done.getVersion().getModel().getVersion(),
                                done.hasPrevious()
                                        ? "; before it "
                                                + done.getPrevious().getModel().getVersion()
                                        : ""));
    }
}
