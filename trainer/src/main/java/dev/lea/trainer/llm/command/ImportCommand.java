package dev.lea.trainer.llm.command;

import dev.lea.trainer.llm.LlmBundle;
import dev.lea.trainer.llm.LlmSpec;
import dev.lea.trainer.llm.Precision;
import dev.lea.trainer.llm.huggingface.HuggingFaceModel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `lea llm import`: turns a Hugging Face model directory into a bundle.
@Command(
        name = "import",
        description = {
            "Reads a Hugging Face model directory (config.json, safetensors, tokenizer.json) of the Llama,",
            "Qwen2 and Qwen3 families and writes it as a bundle that runs and trains here."
        },
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "DIR",
            description = "The model directory.")
    private Path from;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "DIR",
            description = "Folder to write; it must not exist.")
    private Path to;

    @Option(
            names = "--precision",
            defaultValue = "fp32",
            description =
                    "Of the stored matrices: fp32, fp16, int8 or int4. Default: ${DEFAULT-VALUE}.")
    private Precision precision;

    @Option(
            names = "--block-size",
            paramLabel = "N",
            defaultValue = "32",
            description =
                    "Numbers that share a scale in int8 and int4: 16 to 256, a power of two. Default: ${DEFAULT-VALUE}.")
    private int blockSize;

    @Override
    public Integer call() {
        try {
            LlmSpec.checkBlockSize(blockSize);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), e.getMessage().replace("blockSize", "--block-size"), e);
        }
        var out = spec.commandLine().getOut();
        var err = spec.commandLine().getErr();
        try (HuggingFaceModel model = HuggingFaceModel.open(from)) {
            model.warnings().forEach(warning -> err.println("warning: " + warning));
            err.flush();
            LlmBundle bundle;
            try (var progress = new ProgressLine(out, "importing", System::nanoTime)) {
                bundle = model.write(to, precision, blockSize, progress);
            }
            out.printf(
                    Locale.ROOT,
                    "%s: %s in %s, %s%n",
                    to,
                    bundle.bundle().manifest().name(),
                    precision.toString().toLowerCase(Locale.ROOT),
                    ModelTable.size(bundle.bundle().sizeBytes()));
            new ModelTable(bundle).lines().forEach(out::println);
            out.flush();
        }
        return 0;
    }
}
