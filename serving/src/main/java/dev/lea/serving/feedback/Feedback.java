package dev.lea.serving.feedback;

import static dev.lea.serving.Checks.require;
import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What one user was shown, what the user did, or both.
///
/// @param impression   empty where nothing is known of that
/// @param interactions oldest first
public record Feedback(
        String user, Optional<Impression> impression, List<Interaction> interactions) {
    public Feedback {
        require(!user.isEmpty(), "user must not be empty");
        requireNonNull(impression, "impression");
        interactions = List.copyOf(interactions);
    }

    /// An answer as the user saw it.
    ///
    /// @param recommendation name of the answer; may be empty where there are items
    /// @param model          the model's name; empty where there are no items
    /// @param version        of the model, 0 where there are no items
    /// @param digest         of the version; empty where there are no items
    /// @param temperature    of the exploration; 0 for none
    /// @param seed           of the exploration
    /// @param time           when it was shown; empty: when the feedback arrived
    /// @param items          in the order shown
    public record Impression(
            String recommendation,
            String model,
            long version,
            String digest,
            float temperature,
            long seed,
            Optional<Instant> time,
            List<Shown> items) {
        public Impression {
            requireNonNull(time, "time");
            items = List.copyOf(items);
            require(temperature >= 0, "temperature must be at least 0 but is " + temperature);
        }
    }

    /// @param propensity chance of the item at its place, in [0, 1]; 0 where it is not known
    public record Shown(String item, float propensity) {
        public Shown {
            require(
                    propensity >= 0 && propensity <= 1,
                    "propensity must be in [0, 1] but is " + propensity);
        }
    }

    /// @param time empty: when the feedback arrived
    public record Interaction(String item, Kind kind, Optional<Instant> time) {
        public Interaction {
            requireNonNull(kind, "kind");
            requireNonNull(time, "time");
        }
    }

    /// What was done with an item.
    public enum Kind {
        CLICK,
        PURCHASE
    }
}
