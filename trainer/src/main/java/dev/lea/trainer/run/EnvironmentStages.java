package dev.lea.trainer.run;

import dev.lea.client.EnvironmentClient;
import dev.lea.client.LeaChannel;
import dev.lea.client.RepositoryClient;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.trainer.v1.RunSpec;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Bundle;
import dev.lea.serving.text.ItemText;
import dev.lea.trainer.agent.Annotations;
import dev.lea.trainer.annotation.AnnotationStore;
import dev.lea.trainer.annotation.Annotator;
import dev.lea.trainer.annotation.AnnotatorSettings;
import dev.lea.trainer.annotation.StoredAnnotations;
import dev.lea.trainer.data.Dataset;
import dev.lea.trainer.data.Sequence;
import dev.lea.trainer.environment.EnvironmentBundle;
import dev.lea.trainer.environment.EnvironmentEvaluation;
import dev.lea.trainer.environment.EnvironmentFit;
import dev.lea.trainer.environment.EnvironmentReport;
import dev.lea.trainer.environment.FittedEnvironment;
import dev.lea.trainer.environment.ItemTable;
import dev.lea.trainer.environment.ItemTokenFit;
import dev.lea.trainer.environment.ItemTokens;
import dev.lea.trainer.environment.TextProjector;
import dev.lea.trainer.llm.LanguageModel;
import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.Pretraining;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// The stages of a run that make the LE, hand it to env-server, and ask it.
final class EnvironmentStages {
    private static final int CONTROL_USERS = 300;
    private static final Set<String> CONTROLLED =
            Set.of(
                    "valid.hr@10",
                    "valid.ndcg@10",
                    "valid.accuracy.uniform",
                    "test.hr@10",
                    "test.ndcg@10",
                    "test.accuracy.uniform");

    private final RunRecord record;
    private final Dataset data;
    private final RunSettings settings;
    private final RunSpec spec;
    private final Outage outage;

    EnvironmentStages(
            RunRecord record, Dataset data, RunSettings settings, RunSpec spec, Outage outage) {
        this.record = record;
        this.data = data;
        this.settings = settings;
        this.spec = spec;
        this.outage = outage;
    }

    /// A version of the LE that is live in env-server.
    ///
    /// @param heldOut items of which the LE knows the texts alone
    record Live(
            long version, String digest, int stateWidth, ItemTable items, HeldOutItems heldOut) {}

    /// Fits the LE, holds it to the gate, and makes it live in env-server.
    ///
    /// @throws Failure.Conflict if it does not pass the gate
    Live fit(LeaChannel server) throws InterruptedException {
        return fit(server, true);
    }

    /// As above; an LE that is not held to the gate is reported on all the same.
    Live fit(LeaChannel server, boolean gated) throws InterruptedException {
        List<String> texts = texts();
        LanguageModel llm = languageModel(texts);
        ItemTokens tokens = itemTokens(llm, texts);
        boolean[] known = known();
        EnvironmentFit.Fitted fitted = fit(llm, tokens, known);
        TextProjector.Fitted projector = project(llm, texts, fitted.items(), known);
        Bundle bundle;
        ItemTable items;
        try (var environment =
                FittedEnvironment.open(
                        llm,
                        completed(llm, texts, fitted, projector, known),
                        settings.environment().lora(),
                        settings.environment().threads())) {
            bundle = report(llm, environment, tokens, projector, known, gated);
            items = environment.items();
        }
        return publish(bundle, server, items);
    }

    private LanguageModel languageModel(List<String> texts) {
        if (settings.importedLlm().isEmpty()) {
            return pretrain(texts);
        }
        LanguageModel llm = LlmBundle.open(settings.importedLlm().get()).model();
        refuseAnother(llm);
        return llm;
    }

    /// A run goes on with the language model that it began with: what it has made so far is of that one.
    private void refuseAnother(LanguageModel llm) {
        Path file = record.folder().resolve("llm.digest");
        try {
            if (!Files.exists(file)) {
                Files.writeString(file, llm.digest());
            } else if (!Files.readString(file).equals(llm.digest())) {
                throw new Failure.Conflict(
                        "LLM_CHANGED",
                        "the language model in "
                                + settings.importedLlm().get()
                                + " is another than the run began with; start a new run",
                        Map.of());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or write " + file, e);
        }
    }

    private LanguageModel pretrain(List<String> texts) {
        Path kept = record.folder().resolve("llm");
        if (LanguageModel.isIn(kept)) {
            return LanguageModel.load(kept);
        }
        String stage = "pretrain language model";
        LanguageModel llm =
                new Pretraining(settings.llm(), spec.getSeed(), record.folder())
                        .run(texts, record.stage(stage, "steps"));
        llm.save(kept);
        record.complete(stage, "");
        return llm;
    }

    private ItemTokens itemTokens(LanguageModel llm, List<String> texts) {
        String stage = "item tokens";
        ItemTokens tokens =
                new ItemTokenFit(llm, settings.itemTokens(), spec.getSeed(), record.folder())
                        .run(texts, record.stage(stage, "steps"));
        record.complete(
                stage,
                String.format(
                        java.util.Locale.ROOT,
                        "loss a word %.3f, before %.3f",
                        tokens.lossAfter(),
                        tokens.lossBefore()));
        return tokens;
    }

    /// Items that the LE is fitted on: all, or all but a share by which it is judged on new ones.
    private boolean[] known() {
        return heldOut().known();
    }

    private TextProjector.Fitted project(
            LanguageModel llm, List<String> texts, ItemTable items, boolean[] known) {
        return projector(llm).fit(texts, items, counts(), known, spec.getSeed());
    }

    private TextProjector projector(LanguageModel llm) {
        return new TextProjector(
                llm, settings.itemTokens().read(), settings.environment().threads());
    }

    /// What was fitted, with rows from their texts for the items that it was not fitted on.
    private EnvironmentFit.Fitted completed(
            LanguageModel llm,
            List<String> texts,
            EnvironmentFit.Fitted fitted,
            TextProjector.Fitted projector,
            boolean[] known) {
        return settings.heldOutItems() == 0
                ? fitted
                : fitted.with(projector(llm).complete(projector, texts, fitted.items(), known));
    }

    private EnvironmentFit.Fitted fit(LanguageModel llm, ItemTokens tokens, boolean[] known) {
        String stage = "fit environment";
        EnvironmentFit.Fitted fitted =
                fitting(llm, tokens).run(sequences(known), record.stage(stage, "steps"));
        record.complete(stage, "");
        return fitted;
    }

    private EnvironmentFit fitting(LanguageModel llm, ItemTokens tokens) {
        return new EnvironmentFit(
                llm, tokens, settings.environment(), spec.getSeed(), record.folder());
    }

    /// Training sequences without the items that are held out.
    private List<int[]> sequences(boolean[] known) {
        return items(data.train()).stream()
                .map(items -> Arrays.stream(items).filter(i -> known[i]).toArray())
                .filter(items -> items.length > 0)
                .toList();
    }

    /// Figures of the language model as it is, for comparison.
    private Map<String, Double> control(
            LanguageModel llm, ItemTokens tokens, List<Integer> reference, boolean[] known) {
        String stage = "judge raw language model";
        Map<String, Double> figures = new TreeMap<>();
        try (var raw =
                FittedEnvironment.open(
                        llm,
                        fitting(llm, tokens).untrained(sequences(known)),
                        settings.environment().lora(),
                        settings.environment().threads())) {
            int users = Math.min(CONTROL_USERS, settings.heldOutUsers());
            new EnvironmentEvaluation(tokens, counts(), reference, known, users, spec.getSeed())
                    .run(raw, items(data.valid()), items(data.test()), record.stage(stage, "users"))
                    .metrics()
                    .forEach((name, figure) -> {
                        if (CONTROLLED.contains(name)) {
                            figures.put("raw." + name, figure);
                        }
                    });
        }
        record.complete(stage, "");
        return figures;
    }

    private Bundle report(
            LanguageModel llm,
            FittedEnvironment environment,
            ItemTokens tokens,
            TextProjector.Fitted projector,
            boolean[] known,
            boolean gated) {
        String stage = "judge environment";
        int items = data.catalogue().size();
        List<Integer> reference =
                EnvironmentEvaluation.reference(
                        items, settings.environment().referenceItems(), spec.getSeed());
        EnvironmentReport report =
                new EnvironmentEvaluation(
                                tokens,
                                counts(),
                                reference,
                                known,
                                settings.heldOutUsers(),
                                spec.getSeed())
                        .run(
                                environment,
                                items(data.valid()),
                                items(data.test()),
                                record.stage(stage, "users"));
        EnvironmentReport complete =
                TrueRewards.spearman(
                                Path.of(spec.getDataPath()),
                                data,
                                environment,
                                reference,
                                spec.getSeed())
                        .map(correlation -> report.with(TrueRewards.METRIC, correlation))
                        .orElse(report)
                        .with("new_items.key.cosine", projector.keyCosine())
                        .with(control(llm, tokens, reference, known));
        record.update(run -> run.setEnvironment(Pipeline.shown(complete)));
        record.complete(stage, complete.passed() ? "passed" : "did not pass");
        if (gated && !complete.passed()) {
            throw new Failure.Conflict(
                    "ENVIRONMENT_NOT_GOOD_ENOUGH",
                    "the LE is not good enough to train on; unmet: "
                            + String.join(", ", complete.unmet())
                            + ". More users, more text or more steps may help; nothing was published",
                    Map.of());
        }
        Path folder = record.folder().resolve("environment");
        return Files.exists(folder)
                ? Bundle.open(folder)
                : EnvironmentBundle.write(
                        folder,
                        data.catalogue().index(),
                        environment,
                        complete,
                        reference,
                        Map.of("data", data.digest()),
                        Map.of(
                                "environment",
                                settings.environment().toString(),
                                "llm",
                                settings.importedLlm()
                                        .map(Path::toString)
                                        .orElse(settings.llm().toString())),
                        Optional.of(projector));
    }

    private Live publish(Bundle bundle, LeaChannel server, ItemTable items)
            throws InterruptedException {
        String stage = "publish environment";
        record.stage(stage, "versions");
        var repository = new RepositoryClient(server);
        Version version =
                outage.outlast(
                        "publish the environment",
                        () ->
                                repository.upload(
                                        bundle.folder(), record.get().getRunId() + "-environment"));
        outage.outlast(
                "activate the environment",
                () -> repository.activate(version.getModel().getVersion()));
        record.update(run -> run.getEnvironmentBuilder().setModel(version.getModel()));
        record.complete(stage, "version " + version.getModel().getVersion());
        return new Live(
                version.getModel().getVersion(),
                version.getModel().getDigest(),
                items.width(),
                items,
                heldOut());
    }

    private HeldOutItems heldOut() {
        return HeldOutItems.draw(data.catalogue().size(), settings.heldOutItems(), spec.getSeed());
    }

    /// Annotations with the store that they are read from.
    record Asked(AnnotationStore store, Annotations annotations) implements AutoCloseable {
        @Override
        public void close() {
            store.close();
        }
    }

    /// Asks env-server about every training sequence that the store does not hold yet.
    Asked annotate(LeaChannel server, Live le) throws InterruptedException {
        return annotate(server, le, settings.trainingPart(data, le.heldOut()));
    }

    /// Asks env-server about every one of some sequences that the store does not hold yet.
    Asked annotate(LeaChannel server, Live le, List<Sequence> asked) throws InterruptedException {
        String stage = "annotate sequences";
        List<int[]> sequences = items(asked);
        AnnotationStore store =
                AnnotationStore.open(
                        annotations(record.folder(), le.digest(), positiveActions()),
                        le.stateWidth());
        try {
            var asking =
                    new AnnotatorSettings(
                            positiveActions(),
                            settings.annotation().candidates(),
                            settings.annotation().inFlight());
            new Annotator(
                            new EnvironmentClient(server),
                            store,
                            data.catalogue().index(),
                            le.digest(),
                            asking)
                    .run(sequences, record.stage(stage, "sequences"), record::waiting);
            record.complete(stage, "");
            return new Asked(store, new StoredAnnotations(store, asked));
        } catch (RuntimeException | InterruptedException e) {
            store.close();
            throw e;
        }
    }

    private List<String> texts() {
        return IntStream.range(0, data.catalogue().size())
                .mapToObj(item -> ItemText.sentence(data.catalogue().texts(item)))
                .toList();
    }

    private int positiveActions() {
        return settings.lea().lea().positiveActions();
    }

    /// Where the answers of a version are kept.
    static Path annotations(Path folder, String digest, int positiveActions) {
        return folder.resolve(
                "annotations-" + digest.substring(0, 16) + "-" + positiveActions + ".mv");
    }

    private int[] counts() {
        int[] counts = new int[data.catalogue().size()];
        for (Sequence sequence : data.train()) {
            for (int item : sequence.items()) {
                counts[item]++;
            }
        }
        return counts;
    }

    private static List<int[]> items(List<Sequence> sequences) {
        return sequences.stream().map(Sequence::items).toList();
    }
}
