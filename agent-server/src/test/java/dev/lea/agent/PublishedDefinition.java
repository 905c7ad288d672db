package dev.lea.agent;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.util.Locale;

/// A client of the Open Inference Protocol that knows its published names and numbers, and nothing of our own definition:
/// a wrong number there is a failure here.
final class PublishedDefinition {
    /// A message a line: name, then its fields as `name=number:type`; `*` repeated, `%` a map from string.
    private static final String MESSAGES =
            """
            ServerLiveRequest
            ServerLiveResponse live=1:bool
            ServerReadyRequest
            ServerReadyResponse ready=1:bool
            ModelReadyRequest name=1:string version=2:string
            ModelReadyResponse ready=1:bool
            ServerMetadataRequest
            ServerMetadataResponse name=1:string version=2:string extensions=3:*string
            ModelMetadataRequest name=1:string version=2:string
            TensorMetadata name=1:string datatype=2:string shape=3:*int64
            ModelMetadataResponse name=1:string versions=2:*string platform=3:string inputs=4:*TensorMetadata outputs=5:*TensorMetadata properties=6:%string
            InferParameter bool_param=1:bool int64_param=2:int64 string_param=3:string double_param=4:double uint64_param=5:uint64
            InferTensorContents bool_contents=1:*bool int_contents=2:*int32 int64_contents=3:*int64 uint_contents=4:*uint32 uint64_contents=5:*uint64 fp32_contents=6:*float fp64_contents=7:*double bytes_contents=8:*bytes
            InferInputTensor name=1:string datatype=2:string shape=3:*int64 parameters=4:%InferParameter contents=5:InferTensorContents
            InferRequestedOutputTensor name=1:string parameters=2:%InferParameter
            ModelInferRequest model_name=1:string model_version=2:string id=3:string parameters=4:%InferParameter inputs=5:*InferInputTensor outputs=6:*InferRequestedOutputTensor raw_input_contents=7:*bytes
            InferOutputTensor name=1:string datatype=2:string shape=3:*int64 parameters=4:%InferParameter contents=5:InferTensorContents
            ModelInferResponse model_name=1:string model_version=2:string id=3:string parameters=4:%InferParameter outputs=5:*InferOutputTensor raw_output_contents=6:*bytes
            """;

    private static final FileDescriptor FILE = file();

    private final ManagedChannel channel;

    PublishedDefinition(ManagedChannel channel) {
        this.channel = channel;
    }

    /// Calls a method with a request in protobuf's text format.
    DynamicMessage call(String method, String request) throws Exception {
        var message = DynamicMessage.newBuilder(type(method + "Request"));
        TextFormat.merge(request, message);
        return call(method, message.build());
    }

    DynamicMessage call(String method, DynamicMessage request) {
        var descriptor =
                MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName("inference.GRPCInferenceService/" + method)
                        .setRequestMarshaller(marshaller(method + "Request"))
                        .setResponseMarshaller(marshaller(method + "Response"))
                        .build();
        return ClientCalls.blockingUnaryCall(channel, descriptor, CallOptions.DEFAULT, request);
    }

    static Descriptor type(String name) {
        return FILE.findMessageTypeByName(name);
    }

    static Object get(DynamicMessage message, String field) {
        return message.getField(message.getDescriptorForType().findFieldByName(field));
    }

    private static MethodDescriptor.Marshaller<DynamicMessage> marshaller(String name) {
        return ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(type(name)));
    }

    private static FileDescriptor file() {
        var file = FileDescriptorProto.newBuilder().setName("published").setSyntax("proto3");
        MESSAGES.lines().map(PublishedDefinition::message).forEach(file::addMessageType);
        try {
            return FileDescriptor.buildFrom(file.build(), new FileDescriptor[0]);
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DescriptorProto message(String line) {
        String[] words = line.split(" ", -1);
        var message = DescriptorProto.newBuilder().setName(words[0]);
        for (int i = 1; i < words.length; i++) {
            String[] parts = words[i].split("[=:]", -1);
            String type = parts[2].replaceAll("[*%]", "");
            var field =
                    FieldDescriptorProto.newBuilder()
                            .setName(parts[0])
                            .setNumber(Integer.parseInt(parts[1]))
                            .setLabel(
                                    parts[2].equals(type)
                                            ? Label.LABEL_OPTIONAL
                                            : Label.LABEL_REPEATED);
            if (parts[2].startsWith("%")) {
                String entry =
                        parts[0].substring(0, 1).toUpperCase(Locale.ROOT)
                                + parts[0].substring(1)
                                + "Entry";
                message.addNestedType(
                        DescriptorProto.newBuilder()
                                .setName(entry)
                                .setOptions(MessageOptions.newBuilder().setMapEntry(true))
                                .addField(
                                        typed(
                                                FieldDescriptorProto.newBuilder()
                                                        .setName("key")
                                                        .setNumber(1)
                                                        .setLabel(Label.LABEL_OPTIONAL),
                                                "string"))
                                .addField(
                                        typed(
                                                FieldDescriptorProto.newBuilder()
                                                        .setName("value")
                                                        .setNumber(2)
                                                        .setLabel(Label.LABEL_OPTIONAL),
                                                type)));
                field.setTypeName(words[0] + "." + entry)
                        .setType(FieldDescriptorProto.Type.TYPE_MESSAGE);
            } else {
                typed(field, type);
            }
            message.addField(field);
        }
        return message.build();
    }

    private static FieldDescriptorProto.Builder typed(
            FieldDescriptorProto.Builder field, String type) {
        return switch (type) {
            case "bool" -> field.setType(FieldDescriptorProto.Type.TYPE_BOOL);
            case "int32" -> field.setType(FieldDescriptorProto.Type.TYPE_INT32);
            case "int64" -> field.setType(FieldDescriptorProto.Type.TYPE_INT64);
            case "uint32" -> field.setType(FieldDescriptorProto.Type.TYPE_UINT32);
            case "uint64" -> field.setType(FieldDescriptorProto.Type.TYPE_UINT64);
            case "float" -> field.setType(FieldDescriptorProto.Type.TYPE_FLOAT);
            case "double" -> field.setType(FieldDescriptorProto.Type.TYPE_DOUBLE);
            case "string" -> field.setType(FieldDescriptorProto.Type.TYPE_STRING);
            case "bytes" -> field.setType(FieldDescriptorProto.Type.TYPE_BYTES);
            default -> field.setType(FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName(type);
        };
    }
}
