package dev.lea.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Every method that a server has, as the server itself tells by reflection: what is added later is there too.
///
/// @param methods in the order of their names
/// @param types   of all requests
record FuzzSchema(List<MethodDescriptor> methods, List<Descriptor> types) {
    static FuzzSchema of(ManagedChannel channel) throws Exception {
        ServerReflectionResponse listed =
                ask(channel, ServerReflectionRequest.newBuilder().setListServices("").build());
        List<MethodDescriptor> methods = new ArrayList<>();
        for (var service : listed.getListServicesResponse().getServiceList()) {
            var files =
                    ask(
                                    channel,
                                    ServerReflectionRequest.newBuilder()
                                            .setFileContainingSymbol(service.getName())
                                            .build())
                            .getFileDescriptorResponse()
                            .getFileDescriptorProtoList();
            methods.addAll(methods(service.getName(), files));
        }
        return new FuzzSchema(
                List.copyOf(methods),
                methods.stream().map(MethodDescriptor::getInputType).distinct().toList());
    }

    private static List<MethodDescriptor> methods(String service, List<ByteString> files)
            throws InvalidProtocolBufferException, DescriptorValidationException {
        Map<String, FileDescriptorProto> protos = new HashMap<>();
        for (ByteString file : files) {
            var proto = FileDescriptorProto.parseFrom(file);
            protos.put(proto.getName(), proto);
        }
        Map<String, FileDescriptor> built = new HashMap<>();
        for (String name : protos.keySet()) {
            build(name, protos, built);
        }
        for (FileDescriptor file : built.values()) {
            for (var candidate : file.getServices()) {
                if (candidate.getFullName().equals(service)) {
                    return candidate.getMethods();
                }
            }
        }
        throw new IllegalStateException("reflection does not tell of " + service);
    }

    private static FileDescriptor build(
            String name, Map<String, FileDescriptorProto> protos, Map<String, FileDescriptor> built)
            throws DescriptorValidationException {
        FileDescriptor known = built.get(name);
        if (known != null) {
            return known;
        }
        FileDescriptorProto proto = protos.get(name);
        List<FileDescriptor> dependencies = new ArrayList<>();
        for (String dependency : proto.getDependencyList()) {
            dependencies.add(build(dependency, protos, built));
        }
        var file = FileDescriptor.buildFrom(proto, dependencies.toArray(FileDescriptor[]::new));
        built.put(name, file);
        return file;
    }

    private static ServerReflectionResponse ask(
            ManagedChannel channel, ServerReflectionRequest request) throws Exception {
        var answer = new CompletableFuture<ServerReflectionResponse>();
        var requests =
                ServerReflectionGrpc.newStub(channel)
                        .serverReflectionInfo(
                                new StreamObserver<>() {
                                    @Override
                                    public void onNext(ServerReflectionResponse response) {
                                        answer.complete(response);
                                    }

                                    @Override
                                    public void onError(Throwable problem) {
                                        answer.completeExceptionally(problem);
                                    }

                                    @Override
                                    public void onCompleted() {}
                                });
        requests.onNext(request);
        try {
            return answer.get(10, TimeUnit.SECONDS);
        } finally {
            requests.onCompleted();
        }
    }
}
