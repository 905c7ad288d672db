/// A data set as the trainer sees it: who did what with which item, in which order, and what the items' texts
/// say.
///
/// [dev.lea.trainer.data.Dataset] reads a folder; its doc specifies the files. What comes out is immutable:
/// a [dev.lea.trainer.data.Catalogue], [dev.lea.trainer.data.Sequence]s in three parts, and
/// [dev.lea.trainer.data.Transitions] to draw training batches from. [dev.lea.trainer.data.CounterRandom] is
/// the source of everything random in a run. Start at [dev.lea.trainer.data.Dataset].
///
/// Everybody in the trainer may import it; it knows nothing of networks, language models or recommenders.
package dev.lea.trainer.data;
