package dev.lea.importer.source;

import dev.lea.importer.store.Duplicates;
import dev.lea.importer.store.EventKind;
import dev.lea.importer.store.Rules;
import dev.lea.importer.table.Column;
import dev.lea.importer.table.Format;
import dev.lea.importer.table.TableFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Amazon reviews of 2018 (`Category_5.json.gz`, or the ratings alone as CSV) and of 2023 (`Category.jsonl.gz`, or the
/// ratings alone as CSV), with their `meta_Category`.
///
/// Every review is an event; of several by one user on one item the first counts; 5-core. Texts: title, brand, categories,
/// features (2023), description.
final class AmazonReviews implements Source {
    private static final String NAME = "amazon-";
    private static final int CORE = 5;

    private final int year;

    AmazonReviews(int year) {
        this.year = year;
    }

    @Override
    public String name() {
        return NAME + year;
    }

    @Override
    public Plan plan(Order order) {
        order.refuseColumns(name());
        order.refuseTexts(name());
        Rules rules = Rules.DEFAULT.withDuplicates(Duplicates.FIRST).withLeast(CORE, CORE, true);
        if (order.from().isEmpty()) {
            order.problem("--from must name a file of reviews");
        }
        if (order.items().isEmpty()) {
            order.problem("--items must name the file of products, meta_*.json.gz or .jsonl.gz");
        }
        List<EventTable> events = new ArrayList<>();
        for (Path file : order.from()) {
            if (Files.isDirectory(file)) {
                order.problem("--from must be a file of reviews but " + file + " is a folder");
            } else {
                events.add(events(order.table(file, Optional.empty())));
            }
        }
        List<ItemTable> items = new ArrayList<>();
        order.items().ifPresent(file -> items.add(items(order.table(file, Optional.empty()))));
        return Plan.of(events, items, rules);
    }

    private EventTable events(TableFile given) {
        TableFile file = given;
        if (year == 2018 && given.format() instanceof Format.Delimited format) {
            file =
                    new TableFile(
                            given.path(),
                            format.withHeader("asin", "reviewerID", "overall", "unixReviewTime"));
        }
        return EventTable.of(
                        file,
                        Column.required(year == 2018 ? "reviewerID" : "user_id"),
                        year == 2018
                                ? Column.required("asin")
                                : Column.required("parent_asin", "asin"),
                        Column.required(year == 2018 ? "unixReviewTime" : "timestamp"),
                        EventKind.NONE)
                .withRating(Column.required(year == 2018 ? "overall" : "rating"));
    }

    private ItemTable items(TableFile file) {
        List<ItemTable.Text> texts = new ArrayList<>();
        texts.add(
                ItemTable.Text.of(
                        "title", Column.optional("title"), AmazonReviews::withoutPageCode));
        texts.add(ItemTable.Text.of("brand", Column.optional(year == 2018 ? "brand" : "store")));
        texts.add(
                ItemTable.Text.of(
                        "categories", Column.optional("categories", "category", "main_category")));
        if (year == 2023) {
            texts.add(ItemTable.Text.of("features", Column.optional("features")));
        }
        texts.add(ItemTable.Text.of("description", Column.optional("description")));
        return new ItemTable(
                file,
                year == 2018 ? Column.required("asin") : Column.required("parent_asin", "asin"),
                texts);
    }

    /// Some titles of 2018 are the script of the page that they were read from.
    private static String withoutPageCode(String title) {
        String text = title.toLowerCase(Locale.ROOT);
        return text.contains("gettime()") || text.startsWith("var ") ? "" : title;
    }
}
