package dev.lea.agent;

import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.bundle.ItemIndex;
import dev.lea.serving.bundle.Revision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The items of a loaded policy: those that it was trained on, then those that were added to its environment since.
///
/// @param own      the policy's own items
/// @param items    own and added ones; an added one that the policy was trained on stays as it is
/// @param rows     of the added ones
/// @param revision what was added to the environment; empty for a policy that takes no further items
/// @param bundle   digest of the policy's bundle
record Catalogue(
        ItemIndex own,
        ItemIndex items,
        List<float[]> rows,
        Optional<Revision> revision,
        String bundle) {
    /// Name among a manifest's parents of the environment whose rows a policy reads.
    private static final String ENVIRONMENT = "environment";

    /// Of a policy that scores a fixed set of items.
    static Catalogue fixed(Bundle bundle) {
        ItemIndex own = bundle.items();
        return new Catalogue(own, own, List.of(), Optional.empty(), bundle.digest());
    }

    /// Of a policy that reads its environment's rows.
    static Catalogue of(Bundle bundle, Revision revision) {
        return of(bundle.items(), bundle.digest(), revision);
    }

    /// The same policy's at another revision.
    Catalogue at(Revision revision) {
        return of(own, bundle, revision);
    }

    /// Digest of policy and revision.
    String digest() {
        return revision.map(r -> r.effectiveDigest(bundle)).orElse(bundle);
    }

    /// Digest of the environment that a policy which reads its rows was made from.
    ///
    /// @throws Failure.Corrupt if the bundle does not say
    static String environment(Bundle bundle) {
        String digest = bundle.manifest().parents().get(ENVIRONMENT);
        if (digest == null) {
            throw new Failure.Corrupt(
                    "SCHEMA_MISMATCH",
                    "the policy reads an environment's rows but its manifest does not name one");
        }
        return digest;
    }

    private static Catalogue of(ItemIndex own, String bundle, Revision revision) {
        List<String> ids = new ArrayList<>(own.ids());
        List<float[]> rows = new ArrayList<>();
        for (Revision.Added item : revision.items()) {
            if (own.indexOf(item.id()) == ItemIndex.UNKNOWN) {
                ids.add(item.id());
                rows.add(item.elements());
            }
        }
        ItemIndex items = rows.isEmpty() ? own : ItemIndex.of(ids);
        return new Catalogue(own, items, rows, Optional.of(revision), bundle);
    }
}
