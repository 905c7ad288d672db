/// The training engine: networks declared once as ONNX graphs, differentiated here, run by ONNX Runtime.
///
/// A network is a method that adds nodes to a [dev.lea.trainer.net.Graph]; its forward graph is what is
/// served. [dev.lea.trainer.net.Gradients] adds the backward graph by a table of rules
/// ([dev.lea.trainer.net.GradientRules]), [dev.lea.trainer.net.Adam] the optimiser, and
/// [dev.lea.trainer.net.TrainingStep] runs the whole as one call a step. Parameters of very many rows
/// ([dev.lea.trainer.net.TableRows]) stay outside of the graph, which sees those that a step needs. There is no second definition of
/// any network and no export that could drift.
///
/// Start at [dev.lea.trainer.net.Graph] and [dev.lea.trainer.net.Value]. Knows nothing of recommenders.
package dev.lea.trainer.net;
