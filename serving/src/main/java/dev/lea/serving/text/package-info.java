/// Texts as the language model reads them: the sentence about an item, and its tokens. The trainer fits on them and
/// env-server reads new items by them, so there is one such code. Start at [ItemText].
///
/// The only package that makes tokenizers.
package dev.lea.serving.text;
