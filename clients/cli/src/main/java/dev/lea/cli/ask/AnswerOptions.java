package dev.lea.cli.ask;

import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.common.v1.VersionPin;
import picocli.CommandLine.Option;

/// Options that say which version answers, and what becomes of items that it does not know.
final class AnswerOptions {
    @Option(
            names = "--expect",
            paramLabel = "VERSION",
            defaultValue = "0",
            description = "The version that must answer. Default: whichever does.")
    private long expected;

    @Option(names = "--skip-unknown", description = "Leave out unknown items instead of failing.")
    private boolean skip;

    VersionPin version() {
        return VersionPin.newBuilder().setExpectedVersion(expected).build();
    }

    UnknownItems unknownItems() {
        return skip ? UnknownItems.UNKNOWN_ITEMS_SKIP : UnknownItems.UNKNOWN_ITEMS_ERROR;
    }
}
