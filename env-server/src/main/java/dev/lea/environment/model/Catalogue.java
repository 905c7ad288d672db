package dev.lea.environment.model;

import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Revision;
import java.util.ArrayList;
import java.util.List;

/// The items of a loaded version: its own, then those that were added.
///
/// @param items    own and added ones
/// @param own      how many are the version's own
/// @param revision what was added
/// @param digest   of version and revision: what answers are kept by
record Catalogue(ItemIndex items, int own, Revision revision, String digest) {
    static Catalogue of(ItemIndex own, Revision revision) {
        if (revision.items().isEmpty()) {
            return new Catalogue(own, own.size(), revision, revision.effectiveDigest());
        }
        List<String> ids = new ArrayList<>(own.ids());
        revision.items().forEach(item -> ids.add(item.id()));
        return new Catalogue(ItemIndex.of(ids), own.size(), revision, revision.effectiveDigest());
    }
}
