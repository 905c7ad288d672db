package dev.lea.serving.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lea.serving.Failure;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Answers what is not a message of the method's type, and none or several of them where there must be one, with
/// INVALID_ARGUMENT. Left to itself, grpc-java meets these before any interceptor, and ends the call as if the server were
/// broken.
final class Parsing {
    private Parsing() {}

    /// What came instead of a message.
    private record Unparsed(String why) {}

    /// The same service, but for that.
    static ServerServiceDefinition guarded(ServerServiceDefinition service) {
        List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
        service.getMethods().forEach(method -> methods.add(guarded(method)));
        var descriptor =
                ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
                        .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
        methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
        var guarded = ServerServiceDefinition.builder(descriptor.build());
        methods.forEach(guarded::addMethod);
        return guarded.build();
    }

    private static <Q, R> ServerMethodDefinition<Object, R> guarded(
            ServerMethodDefinition<Q, R> method) {
        MethodDescriptor<Q, R> descriptor = method.getMethodDescriptor();
        var lenient =
                descriptor.toBuilder(
                                new Lenient(descriptor.getRequestMarshaller()),
                                descriptor.getResponseMarshaller())
                        .build();
        return ServerMethodDefinition.create(
                lenient,
                (call, headers) -> {
                    @SuppressWarnings("unchecked") // a call sends answers alone
                    var own = (ServerCall<Q, R>) call;
                    return new Listener<>(
                            method.getServerCallHandler().startCall(own, headers), own);
                });
    }

    /// Never throws for what a caller sent.
    private record Lenient(MethodDescriptor.Marshaller<?> marshaller)
            implements MethodDescriptor.Marshaller<Object> {
        @Override
        public InputStream stream(Object message) {
            throw new UnsupportedOperationException("a server sends no requests");
        }

        @Override
        public Object parse(InputStream bytes) {
            try {
                return marshaller.parse(bytes);
            } catch (StatusRuntimeException e) {
                // a message over the limit is told as such; the rest is a sequence of bytes that is
                // no message
                if (e.getCause() instanceof InvalidProtocolBufferException why) {
                    return new Unparsed(String.valueOf(why.getMessage()));
                }
                throw e;
            }
        }
    }

    private static final class Listener<Q> extends SimpleForwardingServerCallListener<Object> {
        private final ServerCall.Listener<Q> handler;
        private final ServerCall<Q, ?> call;
        private int messages;
        private boolean over;

        @SuppressWarnings("unchecked") // what is delegated has no messages
        Listener(ServerCall.Listener<Q> handler, ServerCall<Q, ?> call) {
            super((ServerCall.Listener<Object>) handler);
            this.handler = handler;
            this.call = call;
        }

        @Override
        @SuppressWarnings("unchecked") // the marshaller gives the method's own messages or Unparsed
        public void onMessage(Object message) {
            if (over) {
                return;
            }
            messages++;
            if (message instanceof Unparsed unparsed) {
                end(
                        "NOT_A_MESSAGE",
                        "the request is not a message of " + name() + ": " + unparsed.why);
            } else if (messages > 1
                    && call.getMethodDescriptor().getType().clientSendsOneMessage()) {
                end("SECOND_MESSAGE", name() + " takes one message but got another");
            } else {
                handler.onMessage((Q) message);
            }
        }

        @Override
        public void onHalfClose() {
            if (over) {
                return;
            }
            if (messages == 0 && call.getMethodDescriptor().getType().clientSendsOneMessage()) {
                end("NO_MESSAGE", name() + " takes one message but got none");
            } else {
                super.onHalfClose();
            }
        }

        @Override
        public void onReady() {
            if (!over) {
                super.onReady();
            }
        }

        @Override
        public void onComplete() {
            if (!over) {
                super.onComplete();
            }
        }

        @Override
        public void onCancel() {
            if (!over) {
                super.onCancel();
            }
        }

        private String name() {
            return call.getMethodDescriptor().getFullMethodName();
        }

        /// To the handler it is as if the caller had gone, so that it lets go of what it holds.
        private void end(String reason, String message) {
            over = true;
            var refusal = Statuses.of(new Failure.Invalid("", reason, message, Map.of()));
            Metadata trailers =
                    refusal.getTrailers() == null ? new Metadata() : refusal.getTrailers();
            call.close(refusal.getStatus(), trailers);
            super.onCancel();
        }
    }
}
