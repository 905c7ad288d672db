package dev.lea.trainer.experiment;

import dev.lea.trainer.agent.AgentSettings;
import java.nio.file.Path;

/// One agent to be trained.
///
/// @param data      name of the data set
/// @param settings  everything about the agent, its seed too
/// @param treatment what else is done to it
record Cell(String data, AgentSettings settings, Treatment treatment) {
    /// What it is called in tables, without its seed: `SASRec-SNQN-LEA, random actions`.
    String label() {
        String label = settings.label();
        return treatment.label().isEmpty() ? label : label + ", " + treatment.label();
    }

    /// The same for people who watch it.
    String title() {
        return label() + ", seed " + settings.seed() + ", " + data;
    }

    /// Where its results are kept.
    Path folder(Path out) {
        String name = label().replace(", ", "~").replaceAll("[^A-Za-z0-9.~=_-]", "-");
        return out.resolve(data).resolve(name).resolve("seed-" + settings.seed());
    }

    /// What it costs beside plain cross entropy, roughly: only for the guess of the time left.
    double weight() {
        double architecture =
                switch (settings.encoder().architecture()) {
                    case SASREC -> 1;
                    case GRU4REC -> 1.2;
                };
        double algorithm = settings.algorithm().learnsValues() ? 2 : 1;
        double actions = settings.lea().variant().actions() ? 1.5 : 1;
        return architecture * algorithm * actions;
    }
}
