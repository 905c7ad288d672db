package dev.lea.cli.ask;

import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Of commands that ask agent-server.
final class AgentOptions extends ServerOptions {
    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:LEA_AGENT:-127.0.0.1:7072}",
            scope = ScopeType.INHERIT,
            description = "Where agent-server listens (LEA_AGENT). Default: ${DEFAULT-VALUE}.")
    private String server;

    @Override
    String server() {
        return server;
    }

    @Override
    String hint() {
        return "is agent-server running there? --server or LEA_AGENT names another place.";
    }
}
