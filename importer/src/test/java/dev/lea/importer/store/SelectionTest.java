package dev.lea.importer.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectionTest {
    private record Event(String user, String item, long time, EventKind kind) {}

    @TempDir Path folder;

    @RepeatedTest(12)
    void toFixpoint_isWhatANaiveLoopFinds(RepetitionInfo repetition) throws IOException {
        int seed = repetition.getCurrentRepetition();
        var random = new Random(seed);
        List<Event> events = events(random, 60, 40, 60 + random.nextInt(300));
        int perUser = 1 + random.nextInt(5);
        int perItem = 1 + random.nextInt(5);

        List<String> kept =
                kept(
                        events,
                        Rules.DEFAULT
                                .withDuplicates(Duplicates.KEEP)
                                .withLeast(perUser, perItem, true));

        assertThat(kept).as("seed %d", seed).isEqualTo(naive(events, perUser, perItem));
    }

    @Test
    void once_countsUsersAndThenItems() throws IOException {
        List<Event> events =
                List.of(
                        event("a", "1", 1),
                        event("a", "2", 2),
                        event("b", "1", 1),
                        event("b", "3", 2),
                        event("c", "2", 1));

        // c goes; then 2 and 3 have one event; a and b keep one each and stay
        assertThat(kept(events, Rules.DEFAULT.withLeast(2, 2, false)))
                .containsExactly("a\t1\t1", "b\t1\t1");
        assertThat(kept(events, Rules.DEFAULT.withLeast(2, 2, true))).isEmpty();
    }

    @Test
    void clicksOnly_purchasesDoNotCountForUsers() throws IOException {
        List<Event> events =
                List.of(
                        new Event("a", "1", 1, EventKind.CLICK),
                        new Event("a", "1", 2, EventKind.PURCHASE),
                        new Event("b", "1", 1, EventKind.CLICK),
                        new Event("b", "1", 2, EventKind.CLICK),
                        new Event("b", "1", 3, EventKind.PURCHASE));

        assertThat(kept(events, Rules.DEFAULT.withLeast(2, 1, false).withClicksOnly()))
                .containsExactly("b\t1\t1\tclick", "b\t1\t2\tclick", "b\t1\t3\tpurchase");
    }

    @Test
    void sample_drawsUsersWithEnoughEvents_theSameForTheSameSeed() throws IOException {
        List<Event> events = events(new Random(1), 60, 10, 400);
        Rules rules = Rules.DEFAULT.withLeast(5, 1, true).withSample(10);

        List<String> kept = kept(events, rules);

        assertThat(kept.stream().map(line -> line.substring(0, line.indexOf('\t'))).distinct())
                .hasSize(10);
        assertThat(kept(events, rules)).isEqualTo(kept);
        assertThat(kept(events, rules.withSeed(7))).isNotEqualTo(kept);
    }

    @Test
    void duplicates_followTheirRule() throws IOException {
        List<Event> events =
                List.of(
                        event("a", "1", 5),
                        event("a", "1", 3),
                        event("a", "1", 5),
                        new Event("a", "1", 3, EventKind.PURCHASE));

        assertThat(kept(events, Rules.DEFAULT.withDuplicates(Duplicates.KEEP))).hasSize(4);
        assertThat(kept(events, Rules.DEFAULT))
                .containsExactly("a\t1\t3\tpurchase", "a\t1\t3\tpurchase", "a\t1\t5\tpurchase");
        List<Event> plain = events.subList(0, 3);
        assertThat(kept(plain, Rules.DEFAULT.withDuplicates(Duplicates.FIRST)))
                .containsExactly("a\t1\t3");
        assertThat(kept(plain, Rules.DEFAULT.withDuplicates(Duplicates.LAST)))
                .containsExactly("a\t1\t5");
    }

    @Test
    void ties_keepTheOrderOfFilesOrAreShuffled() throws IOException {
        List<Event> events = new ArrayList<>();
        for (int item = 0; item < 30; item++) {
            events.add(event("a", "i" + (30 - item), 1));
        }
        List<String> inOrder = events.stream().map(event -> "a\t" + event.item + "\t1").toList();

        assertThat(kept(events, Rules.DEFAULT)).isEqualTo(inOrder);
        List<String> shuffled = kept(events, Rules.DEFAULT.withTies(Ties.SHUFFLE));
        assertThat(shuffled).isNotEqualTo(inOrder).containsExactlyInAnyOrderElementsOf(inOrder);
        assertThat(kept(events, Rules.DEFAULT.withTies(Ties.SHUFFLE))).isEqualTo(shuffled);
    }

    private static Event event(String user, String item, long time) {
        return new Event(user, item, time, EventKind.NONE);
    }

    /// Ids are letters, so that their order is that of characters; items are of uneven popularity.
    private static List<Event> events(Random random, int users, int items, int count) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int item = (int) (items * random.nextDouble() * random.nextDouble());
            events.add(event("u" + random.nextInt(users), "i" + item, i));
        }
        return events;
    }

    private List<String> kept(List<Event> all, Rules rules) throws IOException {
        Path scratch = Files.createTempDirectory(folder, "db");
        try (Database database = Database.create(scratch, scratch, 128);
                Events events = Events.create(database)) {
            for (Event event : all) {
                events.add(event.user, event.item, event.time, 0, event.kind);
            }
            Sequences sequences = events.sequences(rules);
            Path file = scratch.resolve("interactions.tsv");
            sequences.writeInteractions(file);
            List<String> lines = Files.readAllLines(file);
            long dropped = sequences.dropped().values().stream().mapToLong(Long::longValue).sum();
            assertThat(lines.size() - 1 + dropped).isEqualTo(all.size());
            return lines.subList(1, lines.size());
        }
    }

    private static List<String> naive(List<Event> all, int perUser, int perItem) {
        List<Event> left = all;
        while (true) {
            Map<String, Long> users = counts(left, Event::user);
            Map<String, Long> items = counts(left, Event::item);
            List<Event> next =
                    left.stream()
                            .filter(event ->
                                    users.get(event.user) >= perUser
                                            && items.get(event.item) >= perItem)
                            .toList();
            if (next.size() == left.size()) {
                break;
            }
            left = next;
        }
        Map<String, List<Event>> byUser =
                left.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Event::user, java.util.TreeMap::new, Collectors.toList()));
        return byUser.values().stream()
                .flatMap(List::stream)
                .map(event -> event.user + "\t" + event.item + "\t" + event.time)
                .toList();
    }

    private static Map<String, Long> counts(List<Event> events, Function<Event, String> key) {
        return events.stream().collect(Collectors.groupingBy(key, Collectors.counting()));
    }
}
