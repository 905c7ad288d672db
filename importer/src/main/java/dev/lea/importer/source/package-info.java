/// What the files of each public data set, and tables of one's own, mean: which are read, by which columns, and what is kept
/// by default.
///
/// A [dev.lea.importer.source.Source] turns an [dev.lea.importer.source.Order] into a [dev.lea.importer.source.Plan]; start
/// with [dev.lea.importer.source.MovieLens]. The importer's commands may import it.
package dev.lea.importer.source;
