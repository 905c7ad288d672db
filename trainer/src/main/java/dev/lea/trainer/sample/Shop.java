package dev.lea.trainer.sample;

import dev.lea.trainer.data.CounterRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The articles of the shop: one for every type, brand and system of every department. Immutable.
final class Shop {
    private final List<Item> items;
    private final Map<String, Integer> indices = new LinkedHashMap<>();
    private final int[] near;
    private final int typesPerDepartment;

    private Shop(List<Item> items, int[] near, int typesPerDepartment) {
        this.items = List.copyOf(items);
        this.near = near;
        this.typesPerDepartment = typesPerDepartment;
        for (Item item : items) {
            indices.put(item.id(), indices.size());
        }
    }

    /// The same seed gives the same shop.
    static Shop open(long seed) {
        Words words = Words.read();
        List<String> departments =
                words.departments().stream().map(Words.Department::name).toList();
        List<String> brands =
                words.departments().stream().flatMap(d -> d.brands().stream()).distinct().toList();
        int[] near = new int[departments.size()];
        List<Item> items = new ArrayList<>();
        for (int d = 0; d < near.length; d++) {
            near[d] = departments.indexOf(words.departments().get(d).near());
            items.addAll(stock(words, d, brands, CounterRandom.of(seed, "shop", d)));
        }
        return new Shop(items, near, words.departments().getFirst().types().size());
    }

    List<Item> items() {
        return items;
    }

    Item item(int index) {
        return items.get(index);
    }

    /// @throws IllegalArgumentException if the shop has no such article
    int indexOf(String id) {
        Integer index = indices.get(id);
        if (index == null) {
            throw new IllegalArgumentException("the sample has no item '" + id + "'");
        }
        return index;
    }

    int departments() {
        return near.length;
    }

    int typesPerDepartment() {
        return typesPerDepartment;
    }

    /// The department that customers of `department` like too.
    int near(int department) {
        return near[department];
    }

    private static List<Item> stock(Words words, int d, List<String> brands, CounterRandom random) {
        var department = words.departments().get(d);
        List<Item> items = new ArrayList<>();
        for (int type = 0; type < department.types().size(); type++) {
            var articles = department.types().get(type).articles();
            for (String brand : department.brands()) {
                for (int system = 0; system < department.systems().size(); system++) {
                    int tier = random.nextInt(words.tiers().size());
                    var article = articles.get(random.nextInt(articles.size()));
                    items.add(
                            new Item(
                                    department.code() + "-" + (1001 + items.size()),
                                    title(words.tiers().get(tier), brand, article)
                                            .replace("{s}", department.systems().get(system)),
                                    brand,
                                    category(department, type),
                                    description(words.tiers().get(tier), department, type, article)
                                            .replace("{s}", department.systems().get(system)),
                                    d,
                                    type,
                                    brands.indexOf(brand),
                                    system,
                                    tier,
                                    random.nextGaussian()));
                }
            }
        }
        return items;
    }

    private static String title(Words.Tier tier, String brand, Words.Article article) {
        return brand + " " + tier.line() + " " + article.title();
    }

    private static String category(Words.Department department, int type) {
        return department.name() + " > " + department.types().get(type).name();
    }

    private static String description(
            Words.Tier tier, Words.Department department, int type, Words.Article article) {
        var next = department.types().get((type + 1) % department.types().size());
        return String.join(" ", article.facts())
                + " "
                + tier.sentence()
                + " "
                + department.system()
                + " Goes well with our "
                + next.name().toLowerCase(Locale.ROOT)
                + ".";
    }
}
