package dev.lea.trainer;

import dev.lea.serving.rpc.PortFile;
import dev.lea.serving.rpc.Termination;
import dev.lea.trainer.run.TrainerServer;
import dev.lea.trainer.run.TrainerSettings;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts the trainer, waits until it is told to end, and closes in order.
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(
                TrainerSettings.PROGRAM.run(
                        List.of(arguments),
                        System.getenv(),
                        System.out,
                        System.err,
                        Main::serveUntilTold));
    }

    private static void serveUntilTold(TrainerSettings settings) throws InterruptedException {
        var termination = Termination.onSignals();
        try (var server = TrainerServer.start(settings)) {
            settings.portFile().ifPresent(file -> PortFile.write(file, server.port()));
            log.info("ready: trainer serves on {}:{}", settings.rpc().host(), server.port());
            termination.await();
        }
        log.info("closed");
    }
}
