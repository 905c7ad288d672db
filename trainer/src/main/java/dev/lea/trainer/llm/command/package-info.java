/// `lea llm`: imports language models and shows what was imported. Start at
/// [dev.lea.trainer.llm.command.LlmCommand]. Nobody may import it.
package dev.lea.trainer.llm.command;
