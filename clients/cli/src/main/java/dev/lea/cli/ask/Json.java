package dev.lea.cli.ask;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.lea.client.LeaException;

/// Messages in the JSON of protocol buffers, with the contract's own field names; fields that have their default value are
/// there too, so that scripts find them.
final class Json {
    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

    private Json() {}

    /// Over several lines, for an answer.
    static String of(MessageOrBuilder message) {
        return print(PRINTER, message);
    }

    /// On one line, for one of many.
    static String line(MessageOrBuilder message) {
        return print(PRINTER.omittingInsignificantWhitespace(), message);
    }

    /// `{"error": {"code": .., "reason": .., "message": .., "metadata": {..}}}` on one line.
    static String of(LeaException failure) {
        var metadata = Struct.newBuilder();
        failure.metadata().forEach((name, value) -> metadata.putFields(name, text(value)));
        var error =
                Struct.newBuilder()
                        .putFields("code", text(failure.codeName()))
                        .putFields("reason", text(failure.reason()))
                        .putFields("message", text(failure.getMessage()))
                        .putFields("metadata", Value.newBuilder().setStructValue(metadata).build());
        return line(
                Struct.newBuilder()
                        .putFields("error", Value.newBuilder().setStructValue(error).build()));
    }

    private static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    private static String print(JsonFormat.Printer printer, MessageOrBuilder message) {
        try {
            return printer.print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the contract's messages can be printed", e);
        }
    }
}
