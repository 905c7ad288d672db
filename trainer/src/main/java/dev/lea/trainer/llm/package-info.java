/// The language model: a small Llama-style decoder, its tokenizer, and how both are made from a catalogue's
/// texts when the user brings no model.
///
/// [dev.lea.trainer.llm.Llama] is the network, declared once for pretraining, for fitting and for serving;
/// [dev.lea.trainer.llm.LanguageModel] its weights with the tokenizer, and the door for weights that come
/// from elsewhere; [dev.lea.trainer.llm.Pretraining] makes one from texts. Knows nothing of users or rewards.
package dev.lea.trainer.llm;
