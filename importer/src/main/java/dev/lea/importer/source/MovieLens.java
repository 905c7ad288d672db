package dev.lea.importer.source;

import dev.lea.importer.store.Duplicates;
import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Rules;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Format;
import dev.lea.importer.table.TableFile;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// MovieLens as GroupLens hands it out: 100K (`u.data`, `u.item`), 1M and 10M (`ratings.dat`, `movies.dat`), and 20M, 25M,
/// 32M and latest (`ratings.csv`, `movies.csv`).
///
/// Every rating is an event. Texts: title, year, genres.
final class MovieLens implements Source {
    private static final Pattern TITLE = Pattern.compile("(.*?)\\s*\\(([0-9]{4})\\)\\s*");

    /// Flags of `u.item`, in the order of `u.genre`.
    private static final List<String> GENRES =
            List.of(
                    "unknown",
                    "Action",
                    "Adventure",
                    "Animation",
                    "Children's",
                    "Comedy",
                    "Crime",
                    "Documentary",
                    "Drama",
                    "Fantasy",
                    "Film-Noir",
                    "Horror",
                    "Musical",
                    "Mystery",
                    "Romance",
                    "Sci-Fi",
                    "Thriller",
                    "War",
                    "Western");

    private static final String[] RATING = {"user", "item", "rating", "timestamp"};

    @Override
    public String name() {
        return "movielens";
    }

    @Override
    public Plan plan(Order order) {
        order.refuseColumns(name());
        order.refuseTexts(name());
        order.refuseItems(name());
        Rules rules = Rules.DEFAULT.withDuplicates(Duplicates.FIRST);
        Path folder = order.folder("a MovieLens data set");
        if (folder == null) {
            return Plan.of(List.of(), List.of(), rules);
        }
        Path ratings = order.need(folder, "u.data", "ratings.dat", "ratings.csv");
        Path movies = order.need(folder, "u.item", "movies.dat", "movies.csv");
        if (ratings == null || movies == null) {
            return Plan.of(List.of(), List.of(), rules);
        }
        return Plan.of(List.of(events(ratings)), List.of(items(movies)), rules);
    }

    private static EventTable events(Path file) {
        Format format =
                name(file).startsWith("u.")
                        ? Format.TSV.withHeader(RATING)
                        : name(file).startsWith("ratings.dat")
                                ? Format.delimited("::", false).withHeader(RATING)
                                : Format.CSV;
        return EventTable.of(
                        new TableFile(file, format),
                        Column.required("user", "userId"),
                        Column.required("item", "movieId"),
                        Column.required("timestamp"),
                        EventKind.NONE)
                .withRating(Column.required("rating"));
    }

    private static ItemTable items(Path file) {
        if (name(file).startsWith("u.")) {
            List<String> header =
                    new ArrayList<>(List.of("movieId", "title", "released", "video", "url"));
            header.addAll(GENRES);
            Format format =
                    Format.delimited("|", false)
                            .withHeader(header.toArray(String[]::new))
                            .withEncoding(encoding(file));
            return table(
                    new TableFile(file, format),
                    new ItemTable.Text(
                            "genres",
                            GENRES.stream().map(Column::required).toList(),
                            MovieLens::flagged));
        }
        Format format =
                name(file).startsWith("movies.dat")
                        ? Format.delimited("::", false)
                                .withHeader("movieId", "title", "genres")
                                .withEncoding(encoding(file))
                        : Format.CSV;
        return table(
                new TableFile(file, format),
                ItemTable.Text.of(
                        "genres",
                        Column.required("genres"),
                        genres ->
                                genres.equals("(no genres listed)")
                                        ? ""
                                        : genres.replace("|", ", ")));
    }

    private static ItemTable table(TableFile file, ItemTable.Text genres) {
        Column title = Column.required("title");
        return new ItemTable(
                file,
                Column.required("movieId"),
                List.of(
                        ItemTable.Text.of("title", title, text -> part(text, 1)),
                        ItemTable.Text.of("year", title, text -> part(text, 2)),
                        genres));
    }

    /// Title (1) or year (2) of "Title (1995)".
    private static String part(String text, int group) {
        Matcher match = TITLE.matcher(text);
        return match.matches() ? match.group(group) : group == 1 ? text : "";
    }

    private static String flagged(String[] flags) {
        List<String> genres = new ArrayList<>();
        for (int genre = 1; genre < GENRES.size(); genre++) {
            if ("1".equals(flags[genre])) {
                genres.add(GENRES.get(genre));
            }
        }
        return String.join(", ", genres);
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    /// The older sets are in Latin-1, the newer in UTF-8, and none says so.
    private static Charset encoding(Path file) {
        return new TableFile(file, Format.CSV).isIn(StandardCharsets.UTF_8)
                ? StandardCharsets.UTF_8
                : StandardCharsets.ISO_8859_1;
    }
}
