package dev.lea.serving.feature;

import static dev.lea.serving.Checks.inRange;
import static dev.lea.serving.Checks.require;

import java.util.List;

/// How an LE's sequences are put together.
///
/// @param vocabulary   text tokens V; item i is token V + i
/// @param prompt       text tokens before the history, at least one: the last is where a user who has done
///                     nothing is read
/// @param actionPrompt text tokens before a candidate, possibly none
/// @param context      items of a history seen at most
public record PromptLayout(
        int vocabulary, List<Integer> prompt, List<Integer> actionPrompt, int context) {
    public PromptLayout {
        inRange("vocabulary", vocabulary, 1, Integer.MAX_VALUE);
        inRange("context", context, 1, 1 << 20);
        prompt = List.copyOf(prompt);
        actionPrompt = List.copyOf(actionPrompt);
        require(!prompt.isEmpty(), "a prompt needs at least one token but has none");
        for (int token : prompt) {
            inRange("prompt token", token, 0, vocabulary - 1);
        }
        for (int token : actionPrompt) {
            inRange("action prompt token", token, 0, vocabulary - 1);
        }
    }

    /// The window over histories that this layout sees.
    public HistoryWindow window() {
        return new HistoryWindow(context);
    }

    /// Positions that any sequence of this layout may use.
    public int positions() {
        return prompt.size() + context + actionPrompt.size() + 1;
    }
}
