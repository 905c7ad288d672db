/// Reads Hugging Face model directories: `config.json`, safetensors, `tokenizer.json` of the Llama, Qwen2 and Qwen3
/// families. Start at [dev.lea.trainer.llm.huggingface.HuggingFaceModel].
///
/// What is there is distrusted: whatever is unsupported, missing, truncated, of another shape or not a number is a
/// failure that names it. Knows the package `llm` and nobody else; the command line sees it.
package dev.lea.trainer.llm.huggingface;
