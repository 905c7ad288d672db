package dev.lea.trainer.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lea.serving.text.TextTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainingTest {
    @TempDir Path folder;

    private static final List<String> TEXTS =
            List.of(
                    "A steel bolt, 10 mm, pack of 50.",
                    "A brass bolt, 12 mm, pack of 20.",
                    "A steel screw, 10 mm, pack of 100.",
                    "Une vis en laiton, très petite: 4 mm.",
                    "ボルト 10 mm 👩‍🔧");

    private static final Pretraining.Settings TINY =
            new Pretraining.Settings(300, 16, 1, 64, 40, 4, 24, 0.01, 64, 1);

    @Test
    void learn_anyText_comesBackWhole() {
        try (TextTokenizer tokenizer = TextTokenizer.of(BytePairTraining.learn(TEXTS, 320))) {
            var texts = new ArrayList<>(TEXTS);
            texts.add("never seen: e\u0301 \u200d \t\n ''s 漢字");
            for (String text : texts) {
                assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
            }
            assertThat(tokenizer.encode("steel").length).isLessThan(5);
        }
    }

    @Test
    void learn_theSameTexts_givesTheSameTokenizer() {
        assertThat(BytePairTraining.learn(TEXTS, 320))
                .isEqualTo(BytePairTraining.learn(TEXTS, 320));
    }

    @Test
    void run_stoppedAndStartedAgain_givesTheSameModel() {
        LanguageModel straight = new Pretraining(TINY, 3, folder).run(TEXTS, (_, _, _) -> {});
        Path other = folder.resolve("other");
        other.toFile().mkdirs();
        assertThatThrownBy(() ->
                        new Pretraining(TINY, 3, other)
                                .run(
                                        TEXTS,
                                        (done, _, _) -> {
                                            if (done == 17) {
                                                throw new CancellationException("stop");
                                            }
                                        }))
                .isInstanceOf(CancellationException.class);
        LanguageModel resumed = new Pretraining(TINY, 3, other).run(TEXTS, (_, _, _) -> {});
        assertThat(resumed.digest()).isEqualTo(straight.digest());
    }

    @Test
    void run_predictsItsTextsBetterThanChance() {
        var notes = new ArrayList<String>();
        new Pretraining(TINY, 3, folder).run(TEXTS, (_, _, note) -> notes.add(note));
        double last = Double.parseDouble(notes.getLast().replace("loss ", ""));
        assertThat(last).isLessThan(0.8 * Math.log(300));
    }

    @Test
    void save_thenLoad_keepsEverything() {
        LanguageModel model = new Pretraining(TINY, 3, folder).run(TEXTS, (_, _, _) -> {});
        model.save(folder.resolve("llm"));
        assertThat(LanguageModel.load(folder.resolve("llm")).digest()).isEqualTo(model.digest());
    }
}
