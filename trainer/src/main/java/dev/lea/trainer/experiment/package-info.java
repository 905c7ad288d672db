/// Comparisons of recommenders: a grid of encoders, algorithms, variants, seeds and data sets, of which only what is
/// not on disk yet is trained, and a report on the whole.
///
/// [dev.lea.trainer.experiment.ExperimentCommand] is `lea experiment`. It reads
/// [dev.lea.trainer.experiment.ExperimentSettings], which [dev.lea.trainer.experiment.Grid] turns into
/// [dev.lea.trainer.experiment.Cell]s; [dev.lea.trainer.experiment.Experiment] prepares the LE of each data set and
/// trains the cells; [dev.lea.trainer.experiment.Comparison] draws the results together, and
/// [dev.lea.trainer.experiment.HtmlReport] shows them. Start at [dev.lea.trainer.experiment.Experiment].
///
/// Nobody imports it.
package dev.lea.trainer.experiment;
