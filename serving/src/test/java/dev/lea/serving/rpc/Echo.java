package dev.lea.serving.rpc;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// A service of strings with two methods that do the same, `test.Echo/Call` and `test.Echo/Change`.
final class Echo {
    private static final MethodDescriptor.Marshaller<String> UTF8 =
            new MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(String text) {
                    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
                }

                @Override
                public String parse(InputStream in) {
                    try {
                        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };

    static final String NAME = "test.Echo";

    static final MethodDescriptor<String, String> CALL = method("Call");
    static final MethodDescriptor<String, String> CHANGE = method("Change");

    private Echo() {}

    private static MethodDescriptor<String, String> method(String name) {
        return MethodDescriptor.<String, String>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(NAME + "/" + name)
                .setRequestMarshaller(UTF8)
                .setResponseMarshaller(UTF8)
                .build();
    }

    static BindableService service(ServerCalls.UnaryMethod<String, String> method) {
        return () ->
                ServerServiceDefinition.builder(NAME)
                        .addMethod(CALL, ServerCalls.asyncUnaryCall(method))
                        .addMethod(CHANGE, ServerCalls.asyncUnaryCall(method))
                        .build();
    }
}
