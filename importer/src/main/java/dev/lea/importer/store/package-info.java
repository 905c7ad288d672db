/// Events and texts while they are imported, in a DuckDB database on disk within a bounded memory, and the rules applied to
/// them there.
///
/// [dev.lea.importer.store.Events] takes what was read; [dev.lea.importer.store.Rules] says what is kept;
/// [dev.lea.importer.store.Sequences] holds that in order, and writes and counts it. The importer's commands may import it;
/// it knows nothing of files that are read.
package dev.lea.importer.store;
