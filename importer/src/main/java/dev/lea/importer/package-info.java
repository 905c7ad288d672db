/// `lea data`: turns public data sets and tables of one's own into the folder that the trainer reads, and shows what such
/// a folder holds.
///
/// Start at [dev.lea.importer.Import], which says in one screen what happens. [dev.lea.importer.source] knows the data sets,
/// [dev.lea.importer.table] reads files, [dev.lea.importer.store] holds and counts what was read. Nobody may import it.
package dev.lea.importer;
