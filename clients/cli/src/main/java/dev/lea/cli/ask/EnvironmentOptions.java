package dev.lea.cli.ask;

import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Of commands that ask env-server.
final class EnvironmentOptions extends ServerOptions {
    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:LEA_ENVIRONMENT:-127.0.0.1:7071}",
            scope = ScopeType.INHERIT,
            description = "Where env-server listens (LEA_ENVIRONMENT). Default: ${DEFAULT-VALUE}.")
    private String server;

    @Override
    String server() {
        return server;
    }

    @Override
    String hint() {
        return "is env-server running there? --server or LEA_ENVIRONMENT names another place.";
    }
}
