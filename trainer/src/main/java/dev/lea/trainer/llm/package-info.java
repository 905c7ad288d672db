/// The language model: a decoder of the Llama, Qwen2 and Qwen3 families, its tokenizer, how both are made from a
/// catalogue's texts when the user brings no model, and how a model that the user brings is stored.
///
/// [dev.lea.trainer.llm.Llama] is the network, declared once for pretraining, for fitting and for serving;
/// [dev.lea.trainer.llm.LanguageModel] its weights with the tokenizer; [dev.lea.trainer.llm.Pretraining] makes one
/// from texts; [dev.lea.trainer.llm.LlmBundle] is an imported one on disk, whose weights stay in a mapped file.
/// `llm.huggingface` reads model directories, `llm.command` is `lea llm`. Knows nothing of users or rewards.
package dev.lea.trainer.llm;
