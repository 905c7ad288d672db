package dev.lea.importer.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A kind of files that can be imported.
public interface Source {
    /// All there are.
    List<Source> ALL =
            List.of(
                    new AmazonReviews(2018),
                    new AmazonReviews(2023),
                    new MovieLens(),
                    new LastFm(),
                    new RetailRocket(),
                    new Rc15(),
                    new AnyTable(),
                    new FeedbackFolder());

    /// What people call it.
    String name();

    /// Looks at the files and says what is to be read. What is wrong goes to the order's problems; the plan then counts for
    /// nothing.
    Plan plan(Order order);

    /// What a folder that the trainer reads holds.
    ///
    /// @throws dev.lea.serving.Failure.Invalid if it lacks a file
    static Plan ofFolder(Path folder) {
        return DataFolder.plan(folder);
    }

    static Optional<Source> named(String name) {
        return ALL.stream().filter(source -> source.name().equals(name)).findFirst();
    }
}
