/// What a version of a model is on disk, and how a server keeps versions.
///
/// A **bundle** is an immutable folder. `manifest.json` names its format version, kind, model name, tensor
/// specs, item index hash, parents, metrics, settings, and every other file with size and SHA-256; keys are
/// sorted, so the SHA-256 of the manifest's bytes, the bundle's **digest**, covers everything. Beside it:
/// `items.jsonl` (one JSON string a line: the item whose dense index is the line; in kinds that know items), the model files of its
/// kind (docs/architecture.md), and `probes.json` (inputs with the outputs that training saw).
///
/// A bundle is written aside, synced and renamed: a folder that can be seen is whole. Reading verifies all of
/// it; each way of being broken has a reason of its own:
/// `BUNDLE_MANIFEST_UNREADABLE`, `BUNDLE_FORMAT_UNKNOWN`, `BUNDLE_FILE_MISSING`, `BUNDLE_FILE_TRUNCATED`,
/// `BUNDLE_FILE_ALTERED`, `BUNDLE_FILE_UNKNOWN`, `BUNDLE_ITEMS_UNREADABLE`, `BUNDLE_ITEMS_MISMATCH`,
/// `BUNDLE_UNREADABLE`; a store adds `BUNDLE_KIND_WRONG` and, where the manifest is not the one that was
/// uploaded, `BUNDLE_MANIFEST_ALTERED`; probes add `PROBES_UNREADABLE`, `PROBE_MISMATCH`, `PROBE_NOT_FINITE`.
///
/// Start at [dev.lea.serving.bundle.Bundle]; [dev.lea.serving.bundle.ModelStore] is a server's set of them.
/// May use `onnx`; knows nothing of gRPC.
package dev.lea.serving.bundle;
