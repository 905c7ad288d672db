package dev.lea.trainer.experiment;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lea.serving.Failure;
import dev.lea.trainer.agent.EpochReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What training a cell gave, as it is kept in `result.json`, beside it `ranks.bin` with the rank of every test event
/// (int32, big-endian). The first is written last and renamed: where it is, the cell is done.
///
/// @param fingerprint of everything that decided how it went
/// @param metrics     figures by name, each finite
/// @param epochs      the learning curve
/// @param bestEpoch   whose weights were kept
/// @param updates     done in all
/// @param seconds     of training and evaluation, of the last time that it was taken up
/// @param picture     states of some test events in two dimensions; null where none was made
record CellResult(
        String fingerprint,
        Map<String, Double> metrics,
        List<EpochReport> epochs,
        int bestEpoch,
        long updates,
        double seconds,
        Picture picture) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "result.json";
    private static final String RANKS = "ranks.bin";

    /// @param points    [events, 2]
    /// @param shades    one an event, 0 to 1: how much the user had done before
    /// @param explained share of the variance that the picture shows
    record Picture(double[][] points, double[] shades, double explained) {}

    CellResult {
        metrics = new TreeMap<>(metrics);
        metrics.values().removeIf(figure -> !Double.isFinite(figure));
        epochs = List.copyOf(epochs);
    }

    /// What a folder holds; empty where the cell is not done.
    ///
    /// @throws Failure.Conflict if it is of something else
    static Optional<CellResult> load(Path folder, String fingerprint) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        CellResult result;
        try {
            result = JSON.readValue(file.toFile(), CellResult.class);
        } catch (IOException e) {
            throw new Failure.Corrupt(
                    "RESULT_UNREADABLE", "cannot read " + file + ": " + e.getMessage(), e);
        }
        if (!result.fingerprint().equals(fingerprint)) {
            throw new Failure.Conflict(
                    "RESULT_DIFFERS",
                    folder
                            + " holds results of other settings or data: "
                            + result.fingerprint()
                            + ", not "
                            + fingerprint
                            + "; choose another --out",
                    Map.of());
        }
        return Optional.of(result);
    }

    /// Whether a folder holds the result of a cell, of whatever settings.
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(FILE));
    }

    void save(Path folder, int[] ranks) {
        try {
            Files.createDirectories(folder);
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(ranks.length, Integer.BYTES));
            bytes.asIntBuffer().put(ranks);
            Files.write(folder.resolve(RANKS), bytes.array());
            Path aside = folder.resolve(FILE + ".part");
            JSON.writeValue(aside.toFile(), this);
            Files.move(
                    aside,
                    folder.resolve(FILE),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write results to " + folder, e);
        }
    }

    /// The ranks of a cell that is done.
    ///
    /// @throws Failure.Corrupt if they are not those of that many events
    static int[] ranks(Path folder, int events) {
        Path file = folder.resolve(RANKS);
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length != events * Integer.BYTES) {
                throw new Failure.Corrupt(
                        "RANKS_CUT_OFF",
                        file
                                + " must have the ranks of "
                                + events
                                + " events but is "
                                + bytes.length
                                + " bytes long");
            }
            int[] ranks = new int[events];
            ByteBuffer.wrap(bytes).asIntBuffer().get(ranks);
            return ranks;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
