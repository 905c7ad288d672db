package dev.lea.importer.source;

import dev.lea.importer.store.Rules;
import dev.lea.importer.store.Texts;
import java.util.List;

/// What is read and what is kept of it.
///
/// @param events read in this order, which ties keep
/// @param texts names of the text columns of `items`, the title's first
/// @param factColumns text columns behind those, made of `facts`
/// @param rules by default
public record Plan(
        List<EventTable> events,
        List<String> texts,
        List<ItemTable> items,
        List<FactTable> facts,
        List<Texts.FactColumn> factColumns,
        Rules rules) {
    public Plan {
        events = List.copyOf(events);
        texts = List.copyOf(texts);
        items = List.copyOf(items);
        facts = List.copyOf(facts);
        factColumns = List.copyOf(factColumns);
    }

    /// Events and at most one table of items.
    static Plan of(List<EventTable> events, List<ItemTable> items, Rules rules) {
        List<String> names =
                items.isEmpty()
                        ? List.of()
                        : items.getFirst().texts().stream().map(ItemTable.Text::name).toList();
        return new Plan(events, names, items, List.of(), List.of(), rules);
    }
}
