/// The bundled sample: a made-up shop, customers whose taste follows known rules, and the true reward that
/// follows from them.
///
/// [dev.lea.trainer.sample.GenerateSample] writes it as an ordinary data set folder;
/// [dev.lea.trainer.sample.TrueReward] recomputes the truth for such a folder. The rules are in
/// [dev.lea.trainer.sample.Rules]: start there. The shop's words are in `shop.json`.
///
/// Reports may import it; nothing that learns does, since it knows the answers.
package dev.lea.trainer.sample;
