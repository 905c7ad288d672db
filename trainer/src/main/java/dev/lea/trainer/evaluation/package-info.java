/// How good a recommender ranks, measured on users that nobody learned from.
///
/// [dev.lea.trainer.evaluation.RankingEvaluation] ranks all items for every event of held-out sequences by
/// any [dev.lea.trainer.evaluation.Scorer]; the result is a [dev.lea.trainer.evaluation.Ranking]. The floors
/// ([dev.lea.trainer.evaluation.Popularity], [dev.lea.trainer.evaluation.ItemKnn],
/// [dev.lea.trainer.evaluation.LastItem]) say what needs no learning. Whether a difference is more than
/// chance: [dev.lea.trainer.evaluation.PairedComparison] and [dev.lea.trainer.evaluation.Holm].
/// [dev.lea.trainer.evaluation.PairwiseAccuracy] and [dev.lea.trainer.evaluation.Spearman] judge rewards.
///
/// What is learned from and what is reported on: [dev.lea.trainer.evaluation.Parts]. Beside the ranking:
/// [dev.lea.trainer.evaluation.Gini] and [dev.lea.trainer.evaluation.TextDistance] of what is recommended,
/// [dev.lea.trainer.evaluation.RewardSpread], and [dev.lea.trainer.evaluation.PrincipalComponents] for a picture
/// of states.
///
/// Start at [dev.lea.trainer.evaluation.RankingEvaluation]. Knows only `trainer.data`.
package dev.lea.trainer.evaluation;
