package dev.lea.environment;

import dev.lea.serving.rpc.PortFile;
import dev.lea.serving.rpc.Termination;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts env-server, waits until it is told to end, and closes in order.
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(
                EnvironmentSettings.PROGRAM.run(
                        List.of(arguments),
                        System.getenv(),
                        System.out,
                        System.err,
                        Main::serveUntilTold));
    }

    private static void serveUntilTold(EnvironmentSettings settings) throws InterruptedException {
        var termination = Termination.onSignals();
        try (var server = EnvironmentServer.start(settings)) {
            settings.portFile().ifPresent(file -> PortFile.write(file, server.port()));
            log.info("ready: env-server serves on {}:{}", settings.rpc().host(), server.port());
            termination.await();
        }
        log.info("closed");
    }
}
