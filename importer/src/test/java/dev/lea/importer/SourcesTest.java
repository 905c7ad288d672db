package dev.lea.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every source, in the layout in which it is handed out, up to what the trainer reads.
class SourcesTest {
    private static final int USERS = 12;

    @TempDir Path folder;

    private Desk desk;

    @BeforeEach
    void open() {
        desk = new Desk(folder);
    }

    @Test
    void movielens100k_isRead() {
        // user item rating timestamp; newest first, as in the original
        desk.write("raw/u.data", rows("%1$d\t%2$d\t4\t%4$d\n"));
        desk.write(
                "raw/u.item",
                """
                1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0
                2|Caf\u00e9 Society|01-Jan-1995|||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0
                3|Three, The (1996)|x|||0|0|0|0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|0
                """,
                StandardCharsets.ISO_8859_1);

        Dataset data = imported("movielens", "--from", desk.to("raw"));

        assertItems(data, "1", "2", "3");
        assertThat(data.catalogue().texts(0))
                .isEqualTo(
                        Map.of(
                                "title",
                                "Toy Story",
                                "year",
                                "1995",
                                "genres",
                                "Animation, Children's, Comedy"));
        assertThat(data.catalogue().texts(1)).isEqualTo(Map.of("title", "Caf\u00e9 Society"));
        assertThat(data.catalogue().title(2)).isEqualTo("Three, The");
        assertThat(items(data, "7")).containsExactly("3", "2", "1");
    }

    @Test
    void movielens1m_isRead() {
        desk.write("raw/ratings.dat", rows("%1$d::%2$d::%5$d::%4$d\n"));
        desk.write(
                "raw/movies.dat",
                "1::Toy Story (1995)::Animation|Comedy\n2::M\u00fcnchen: Ein Fall (2001)::Drama\n3::C::D\n",
                StandardCharsets.ISO_8859_1);

        Dataset data = imported("movielens", "--from", desk.to("raw"), "--min-rating", "3.5");

        // rating 3 of item 3 falls out
        assertItems(data, "1", "2");
        assertThat(data.catalogue().title(1)).isEqualTo("M\u00fcnchen: Ein Fall");
        assertThat(data.catalogue().text(0, 2)).isEqualTo("Animation, Comedy");
        assertThat(items(data, "1")).containsExactly("2", "1");
    }

    @Test
    void movielens25m_isRead() {
        desk.write(
                "raw/ratings.csv",
                "userId,movieId,rating,timestamp\n" + rows("%1$d,%2$d,3.5,%4$d\n"));
        desk.write(
                "raw/movies.csv",
                """
                movieId,title,genres\r
                1,"American ""President"", The (1995)",Comedy|Drama\r
                2,B (2000),(no genres listed)\r
                3,C (2001),Horror\r
                """);

        Dataset data = imported("movielens", "--from", desk.to("raw"));

        assertThat(data.catalogue().title(0)).isEqualTo("American \"President\", The");
        assertThat(data.catalogue().texts(1)).containsOnlyKeys("title", "year");
        assertThat(data.interactions()).isEqualTo(3 * USERS);
    }

    @Test
    void amazon2018_isRead() {
        Path reviews =
                desk.writePacked(
                        "Tools_5.json.gz",
                        rows(
                                "{\"overall\": 5.0, \"verified\": true, \"reviewTime\": \"05 20, 2014\", \"reviewerID\": \"A%1$d\","
                                        + " \"asin\": \"B00%2$d\", \"style\": {\"Size:\": \" 3\"}, \"reviewText\": \"So \\\"good\\\"\","
                                        + " \"unixReviewTime\": %4$d}\n"));
        Path meta =
                desk.writePacked(
                        "meta_Tools.json.gz",
                        "{\"category\": [\"Tools &amp; Home\", \"Drills\"], \"tech1\": \"\", \"description\": [\"A <b>drill</b>\\n\", \"with&nbsp;bits.\"],"
                                + " \"title\": \"Drill 1/2&quot;\", \"brand\": \"Acme\", \"asin\": \"B001\"}\n"
                                + "{\"category\": [], \"title\": \"var aPageStart = (new Date()).getTime();\", \"brand\": \"\", \"asin\": \"B002\"}\n"
                                + "{\"title\": \"Saw\", \"asin\": \"B003\"}\n{\"title\": \"Saw again\", \"asin\": \"B003\"}\n"
                                + "{\"title\": \"Never bought\", \"asin\": \"B009\"}\n");

        Dataset data = imported("amazon-2018", "--from", reviews, "--items", meta, "--core", 2);

        assertItems(data, "B001", "B002", "B003");
        assertThat(data.catalogue().texts(0))
                .isEqualTo(
                        Map.of(
                                "title",
                                "Drill 1/2\"",
                                "brand",
                                "Acme",
                                "categories",
                                "Tools & Home, Drills",
                                "description",
                                "A drill , with bits."));
        assertThat(data.catalogue().hasText(1)).isFalse();
        assertThat(data.catalogue().title(2)).isEqualTo("Saw");
        assertThat(items(data, "A3")).containsExactly("B003", "B002", "B001");
    }

    @Test
    void amazon2018_ratingsAlone_areRead() {
        Path ratings = desk.write("Tools.csv", rows("B%2$d,A%1$d,5.0,%4$d\n"));
        Path meta = desk.write("meta.json", "{\"asin\": \"B1\", \"title\": \"Drill\"}\n");

        Dataset data = imported("amazon-2018", "--from", ratings, "--items", meta, "--core", 1);

        assertThat(items(data, "A3")).containsExactly("B3", "B2", "B1");
    }

    @Test
    void amazon2023_isRead() {
        Path reviews =
                desk.writePacked(
                        "Tools.jsonl.gz",
                        rows(
                                "{\"rating\": 4.0, \"title\": \"Nice\", \"text\": \"x\", \"images\": [{\"small\": \"u\"}], \"asin\": \"C%2$d\","
                                        + " \"parent_asin\": \"P%2$d\", \"user_id\": \"A%1$d\", \"timestamp\": %4$d000, \"verified_purchase\": true}\n"));
        Path meta =
                desk.writePacked(
                        "meta_Tools.jsonl.gz",
                        "{\"main_category\": \"Tools\", \"title\": \"Drill\", \"features\": [\"Fast\", \"Light\"], \"description\": [],"
                                + " \"store\": \"Acme\", \"categories\": [], \"details\": {\"Color\": \"red\"}, \"parent_asin\": \"P1\"}\n"
                                + "{\"title\": null, \"categories\": [\"Tools\", \"Saws\"], \"parent_asin\": \"P2\"}\n");

        Dataset data = imported("amazon-2023", "--from", reviews, "--items", meta, "--core", 2);

        assertItems(data, "P1", "P2", "P3");
        assertThat(data.catalogue().texts(0))
                .isEqualTo(
                        Map.of(
                                "title",
                                "Drill",
                                "brand",
                                "Acme",
                                "categories",
                                "Tools",
                                "features",
                                "Fast, Light"));
        assertThat(data.catalogue().texts(1)).isEqualTo(Map.of("categories", "Tools, Saws"));
    }

    @Test
    void amazon2023_csv_isRead() {
        Path ratings =
                desk.writePacked(
                        "Tools.csv.gz",
                        "user_id,parent_asin,rating,timestamp,history\n"
                                + rows("A%1$d,P%2$d,5.0,%4$d,\"P1 P2\"\n"));
        Path meta = desk.write("meta.jsonl", "{\"parent_asin\": \"P1\", \"title\": \"Drill\"}\n");

        Dataset data = imported("amazon-2023", "--from", ratings, "--items", meta, "--core", 2);

        assertThat(data.interactions()).isEqualTo(3 * USERS);
    }

    @Test
    void lastfm_isRead() {
        var taggings = new StringBuilder("userID\tartistID\ttagID\tday\tmonth\tyear\r\n");
        for (int user = 1; user <= USERS; user++) {
            // a later tagging of artist 52 stands first
            taggings.append(user).append("\t52\t13\t1\t5\t2009\r\n");
            taggings.append(user).append("\t52\t15\t1\t4\t2009\r\n");
            taggings.append(user).append("\t63\t15\t2\t4\t2009\r\n");
        }
        desk.write("raw/user_taggedartists.dat", taggings.toString());
        desk.write(
                "raw/artists.dat",
                "id\tname\turl\tpictureURL\r\n52\tBj\u00f6rk \"Guitar\"\thttp://x\thttp://y\r\n63\tOasis\thttp://x\t\r\n");
        desk.write(
                "raw/tags.dat",
                "tagID\ttagValue\r\n13\tchillout\r\n15\tr\u00eaverie\r\n",
                StandardCharsets.ISO_8859_1);

        Dataset data = imported("lastfm", "--from", desk.to("raw"), "--core", 2);

        assertItems(data, "52", "63");
        assertThat(data.catalogue().texts(0))
                .isEqualTo(
                        Map.of("title", "Bj\u00f6rk \"Guitar\"", "tags", "chillout, r\u00eaverie"));
        assertThat(items(data, "5")).containsExactly("52", "63");
        assertThat(lines("interactions.tsv")).contains("5\t52\t1238544000000000");
    }

    @Test
    void retailrocket_isRead() {
        var events = new StringBuilder("timestamp,visitorid,event,itemid,transactionid\n");
        for (int user = 0; user < USERS; user++) {
            events.append("1433221332117,").append(user).append(",view,355908,\n");
            events.append("1433221332118,").append(user).append(",addtocart,355908,\n");
            events.append("1433221332119,").append(user).append(",transaction,355908,4000\n");
            events.append("1433221332110,").append(user).append(",view,248676,\n");
        }
        // of 99, three events before the users' rule and one after: users go first, and nothing is
        // counted again
        events.append("1,0,view,99,\n1,77,view,99,\n1,77,view,99,\n");
        desk.write("raw/events.csv", events.toString());
        desk.write(
                "raw/item_properties_part1.csv",
                """
                timestamp,itemid,property,value
                1435460400000,355908,categoryid,1338
                1433041200000,355908,888,66094 n123.000
                1431226800000,355908,categoryid,7
                1,355908,790,n1000
                1,5,888,never seen
                """);
        desk.write(
                "raw/item_properties_part2.csv",
                "timestamp,itemid,property,value\n1435460400000,248676,categoryid,16\n");
        desk.write("raw/category_tree.csv", "categoryid,parentid\n1338,16\n16,1\n1,\n7,1\n");

        Dataset data = imported("retailrocket", "--from", desk.to("raw"));

        assertItems(data, "248676", "355908");
        assertThat(data.hasEvents()).isTrue();
        assertThat(data.interactions()).isEqualTo(3 * USERS);
        assertThat(data.catalogue().texts(1))
                .isEqualTo(
                        Map.of(
                                "category",
                                "category 1, category 16, category 1338",
                                "property 888",
                                "66094 n123.000"));
        assertThat(items(data, "3")).containsExactly("248676", "355908", "355908");
        assertThat(sequence(data, "3").event(1)).isEqualTo(Sequence.CLICK);
        assertThat(sequence(data, "3").event(2)).isEqualTo(Sequence.PURCHASE);
    }

    @Test
    void rc15_isRead() {
        var clicks = new StringBuilder();
        var buys = new StringBuilder();
        for (int session = 1; session <= USERS; session++) {
            for (int item = 1; item <= 3; item++) {
                clicks.append(session).append(",2014-04-07T10:5").append(item);
                clicks.append(":09.277Z,21453650").append(item).append(item == 2 ? ",S\n" : ",6\n");
            }
            buys.append(session).append(",2014-04-07T10:52:09.278Z,214536501,12462,1\n");
        }
        // two clicks and a purchase are a session with fewer than three clicks
        clicks.append(
                "99,2014-04-07T10:51:09.277Z,214536502,0\n99,2014-04-07T10:51:09.278Z,214536502,0\n");
        buys.append("99,2014-04-07T10:52:09.277Z,214536502,12462,1\n");
        desk.write("raw/yoochoose-clicks.dat", clicks.toString());
        desk.write("raw/yoochoose-buys.dat", buys.toString());

        Dataset data = imported("rc15", "--from", desk.to("raw"));

        assertItems(data, "214536501", "214536502", "214536503");
        assertThat(data.users()).isEqualTo(USERS);
        assertThat(data.catalogue().title(0)).isEqualTo("category 6");
        assertThat(data.catalogue().hasText(1)).isFalse();
        assertThat(items(data, "4"))
                .containsExactly("214536501", "214536502", "214536501", "214536503");
        assertThat(sequence(data, "4").event(2)).isEqualTo(Sequence.PURCHASE);

        Desk.Result sampled =
                Desk.run(
                        "import",
                        "rc15",
                        "--from",
                        desk.to("raw"),
                        "--to",
                        desk.to("ten"),
                        "--sample",
                        10);
        assertThat(sampled.code()).as(sampled.err()).isZero();
        assertThat(Dataset.read(desk.to("ten"), 0).users()).isEqualTo(10);
        assertThat(sampled.out()).contains("8 of users outside the sample");
    }

    @Test
    void table_ofCsv_withSemicolonsAndKinds_isRead() {
        Path events =
                desk.write(
                        "shop.csv",
                        "who;what;when;how;name\n"
                                + rows(
                                        "u%1$d;\"s;%2$d\";2024-01-0%3$d 10:00;%6$s;\"Item ; %2$d\"\n"));

        Dataset data =
                imported(
                        "table",
                        "--from",
                        events,
                        "--user",
                        "who",
                        "--item",
                        "what",
                        "--time",
                        "when",
                        "--event",
                        "how",
                        "--clicks",
                        "look",
                        "--purchases",
                        "buy",
                        "--text",
                        "name:title",
                        "--separator",
                        ";");

        assertItems(data, "s;1", "s;2", "s;3");
        assertThat(data.catalogue().title(1)).isEqualTo("Item ; 2");
        assertThat(data.hasEvents()).isTrue();
        assertThat(items(data, "u2")).containsExactly("s;3", "s;2", "s;1");
    }

    @Test
    void table_withoutTimes_keepsTheOrderOfRows() {
        Path events = desk.write("e.jsonl", rows("{\"u\": %1$d, \"i\": {\"a\": %2$d}}\n"));
        Path items = desk.write("i.tsv", "i\tname\na: 1\tA\na: 2\tB\n");

        Dataset data =
                imported(
                        "table", "--from", events, "--user", "u", "--item", "i", "--items", items,
                        "--text", "name");

        assertThat(items(data, "1")).containsExactly("a: 1", "a: 2", "a: 3");
    }

    /// For every user three rows, newest first: user, item, rank in time, seconds, rating, kind.
    private static String rows(String pattern) {
        var rows = new StringBuilder();
        for (int user = 1; user <= USERS; user++) {
            for (int item = 1; item <= 3; item++) {
                rows.append(
                        String.format(
                                java.util.Locale.ROOT,
                                pattern,
                                user,
                                item,
                                4 - item,
                                1_500_000_000L - item,
                                6 - item,
                                item == 1 ? "buy" : "look"));
            }
        }
        return rows.toString();
    }

    private Dataset imported(Object... arguments) {
        Object[] all =
                Stream.of(new Object[] {"import"}, arguments, new Object[] {"--to", desk.to("out")})
                        .flatMap(Arrays::stream)
                        .toArray();
        Desk.Result result = Desk.run(all);
        assertThat(result.code()).as(result.err()).isZero();
        Dataset data = Dataset.read(desk.to("out"), 0);
        assertThat(data.badRows().examples()).isEmpty();
        assertThat(data.split()).isEqualTo("split_811_seed42.tsv");
        return data;
    }

    private List<String> lines(String name) {
        try {
            return java.nio.file.Files.readAllLines(desk.to("out").resolve(name));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void assertItems(Dataset data, String... ids) {
        assertThat(data.catalogue().ids()).containsExactly(ids);
    }

    private static Sequence sequence(Dataset data, String user) {
        return Stream.of(data.train(), data.valid(), data.test())
                .flatMap(List::stream)
                .filter(sequence -> sequence.userId().equals(user))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> items(Dataset data, String user) {
        return Arrays.stream(sequence(data, user).items()).mapToObj(data.catalogue()::id).toList();
    }
}
