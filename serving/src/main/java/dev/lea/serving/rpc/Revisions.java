package dev.lea.serving.rpc;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Revision;
import dev.lea.serving.swap.Version;
import java.util.Map;

/// The catalogue revisions of the live version, as replicas hand them on.
public interface Revisions {
    /// Of a model that takes no new items.
    Revisions NONE =
            new Revisions() {
                @Override
                public Revision current() {
                    throw none();
                }

                @Override
                public Version take(Revision revision) {
                    throw none();
                }

                private Failure none() {
                    return new Failure.Conflict(
                            "NO_REVISIONS", "the live version takes no new items", Map.of());
                }
            };

    /// The live version's.
    Revision current();

    /// Makes another replica's revision the live version's; durable when it returns.
    ///
    /// @throws Failure.Conflict if it is of another version, or older
    Version take(Revision revision);
}
