package dev.lea.trainer.sample;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// What the shop sells and how it speaks of it, from `shop.json`; `{s}` in a text stands for a range's name.
///
/// @param tiers       from affordable to professional
/// @param departments each with as many types, brands and systems as the others
record Words(List<Tier> tiers, List<Department> departments) {
    /// @param line     in the titles
    /// @param sentence in the descriptions
    record Tier(String line, String sentence) {}

    /// @param code    start of the item ids
    /// @param near    name of the department that customers of this one like too
    /// @param systems ranges whose articles belong together
    /// @param system  sentence about the range
    /// @param types   in the order in which they are usually bought
    record Department(
            String code,
            String name,
            String near,
            List<String> brands,
            List<String> systems,
            String system,
            List<Type> types) {}

    /// @param articles kinds of it; the shop chooses one for each of its items
    record Type(String name, List<Article> articles) {}

    /// @param facts sentences that hold for this article only
    record Article(String title, List<String> facts) {}

    static Words read() {
        try (var in = Words.class.getResourceAsStream("shop.json")) {
            return new ObjectMapper().readValue(in, Words.class);
        } catch (IOException e) {
            throw new UncheckedIOException("shop.json", e);
        }
    }
}
