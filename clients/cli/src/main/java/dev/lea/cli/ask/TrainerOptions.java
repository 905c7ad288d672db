package dev.lea.cli.ask;

import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Of commands that ask trainer.
final class TrainerOptions extends ServerOptions {
    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:LEA_TRAINER:-127.0.0.1:7073}",
            scope = ScopeType.INHERIT,
            description = "Where trainer listens (LEA_TRAINER). Default: ${DEFAULT-VALUE}.")
    private String server;

    @Override
    String server() {
        return server;
    }

    @Override
    String hint() {
        return "is trainer running there? --server or LEA_TRAINER names another place.";
    }
}
