package dev.lea.serving.rpc.inference;

import com.google.protobuf.ByteString;
import dev.lea.proto.common.v1.UnknownItems;
import dev.lea.proto.common.v1.VersionPin;
import dev.lea.proto.inference.InferParameter;
import dev.lea.proto.inference.InferTensorContents;
import dev.lea.proto.inference.ModelInferRequest;
import dev.lea.serving.Failure;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A call of ModelInfer whose tensors are what they say they are.
///
/// Rows of ids are rectangular on the wire: a shorter row is filled up with empty ids, wherever they stand.
public final class InferRequest {
    /// Rows of one call.
    static final int MAX_ROWS = 256;

    private static final String UNKNOWN_ITEMS = "unknown_items";

    private final ModelInferRequest message;
    private final VersionPin version;
    private final Map<String, List<List<String>>> tensors = new LinkedHashMap<>();
    private final Set<String> wanted;

    private InferRequest(ModelInferRequest message, VersionPin version, Set<String> wanted) {
        this.message = message;
        this.version = version;
        this.wanted = wanted;
    }

    /// Checks a message against what a model takes.
    ///
    /// @throws Failure.Invalid that names the tensor or parameter, the bound and the value
    static InferRequest read(ModelInferRequest message, InferenceModel model) {
        Map<String, TensorMetadata> known = new LinkedHashMap<>();
        model.inputs().forEach(input -> known.put(input.name(), input));
        var request =
                new InferRequest(
                        message, version(message.getModelVersion()), wanted(message, model));
        boolean raw = message.getRawInputContentsCount() > 0;
        if (raw && message.getRawInputContentsCount() != message.getInputsCount()) {
            throw invalid(
                    "raw_input_contents",
                    "raw_input_contents must hold one element for each of the %d inputs but holds %d"
                            .formatted(
                                    message.getInputsCount(), message.getRawInputContentsCount()));
        }
        for (int i = 0; i < message.getInputsCount(); i++) {
            var input = message.getInputs(i);
            if (!known.containsKey(input.getName())) {
                throw invalid(
                        "inputs",
                        "there is no input '%s'; %s takes %s"
                                .formatted(input.getName(), model.name(), known.keySet()));
            }
            if (request.tensors.containsKey(input.getName())) {
                throw invalid(input.getName(), input.getName() + " is given twice");
            }
            if (input.getParametersCount() > 0) {
                throw invalid(
                        input.getName(),
                        input.getName()
                                + " has parameters but none is known: "
                                + input.getParametersMap().keySet());
            }
            request.tensors.put(
                    input.getName(),
                    ids(
                            input,
                            raw ? Optional.of(message.getRawInputContents(i)) : Optional.empty()));
        }
        model.inputs().stream()
                .limit(model.required())
                .map(TensorMetadata::name)
                .filter(name -> !request.tensors.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw invalid(name, "the input " + name + " must be given");
                });
        request.expectSameRows();
        for (String parameter : message.getParametersMap().keySet()) {
            if (!model.parameters().contains(parameter)) {
                throw invalid(
                        parameter,
                        "there is no parameter '%s'; %s knows %s"
                                .formatted(
                                        parameter,
                                        model.name(),
                                        model.parameters().stream().sorted().toList()));
            }
        }
        return request;
    }

    /// The version that must answer, if any.
    public VersionPin version() {
        return version;
    }

    /// Users that are asked about.
    public int rows() {
        return tensors.values().iterator().next().size();
    }

    /// Whether an input is given.
    public boolean has(String tensor) {
        return tensors.containsKey(tensor);
    }

    /// A row's ids without the empty ones that fill it up; none where the input is not given.
    public List<String> ids(String tensor, int row) {
        return has(tensor)
                ? tensors.get(tensor).get(row).stream().filter(id -> !id.isEmpty()).toList()
                : List.of();
    }

    /// A row's ids as they are on the wire, empty ones too.
    public List<String> places(String tensor, int row) {
        return tensors.get(tensor).get(row);
    }

    /// Whether an output is wanted.
    public boolean wants(String output) {
        return wanted.isEmpty() || wanted.contains(output);
    }

    /// Whether an output is wanted by name.
    public boolean asksFor(String output) {
        return wanted.contains(output);
    }

    /// What to do about unknown items.
    public UnknownItems unknownItems() {
        return switch (text(UNKNOWN_ITEMS, "error")) {
            case "error" -> UnknownItems.UNKNOWN_ITEMS_ERROR;
            case "skip" -> UnknownItems.UNKNOWN_ITEMS_SKIP;
            default ->
                    throw invalid(
                            UNKNOWN_ITEMS,
                            "unknown_items must be error or skip but is '%s'"
                                    .formatted(text(UNKNOWN_ITEMS, "")));
        };
    }

    /// A whole number's parameter.
    public long integer(String name, long fallback) {
        InferParameter given = message.getParametersMap().get(name);
        if (given == null) {
            return fallback;
        }
        return switch (given.getParameterChoiceCase()) {
            case INT64_PARAM -> given.getInt64Param();
            case UINT64_PARAM -> given.getUint64Param();
            default -> throw kind(name, "a whole number");
        };
    }

    public double decimal(String name, double fallback) {
        InferParameter given = message.getParametersMap().get(name);
        if (given == null) {
            return fallback;
        }
        return switch (given.getParameterChoiceCase()) {
            case DOUBLE_PARAM -> given.getDoubleParam();
            case INT64_PARAM -> (double) given.getInt64Param();
            default -> throw kind(name, "a number");
        };
    }

    public boolean flag(String name) {
        InferParameter given = message.getParametersMap().get(name);
        if (given == null) {
            return false;
        }
        if (given.getParameterChoiceCase() != InferParameter.ParameterChoiceCase.BOOL_PARAM) {
            throw kind(name, "a truth value");
        }
        return given.getBoolParam();
    }

    public String text(String name, String fallback) {
        InferParameter given = message.getParametersMap().get(name);
        if (given == null) {
            return fallback;
        }
        if (given.getParameterChoiceCase() != InferParameter.ParameterChoiceCase.STRING_PARAM) {
            throw kind(name, "a text");
        }
        return given.getStringParam();
    }

    String id() {
        return message.getId();
    }

    boolean isRaw() {
        return message.getRawInputContentsCount() > 0;
    }

    /// A version's number on the wire; empty for none.
    static VersionPin version(String text) {
        try {
            long number = text.isEmpty() ? 0 : Long.parseLong(text);
            if (text.isEmpty() || number > 0) {
                return VersionPin.newBuilder().setExpectedVersion(number).build();
            }
        } catch (NumberFormatException e) {
            // the message below serves for both
        }
        throw invalid(
                "model_version",
                "model_version must be empty or a decimal number from 1 on but is '" + text + "'");
    }

    private static Set<String> wanted(ModelInferRequest message, InferenceModel model) {
        List<String> known = model.outputs().stream().map(TensorMetadata::name).toList();
        Set<String> wanted = new LinkedHashSet<>();
        for (var output : message.getOutputsList()) {
            if (!known.contains(output.getName())) {
                throw invalid(
                        "outputs",
                        "there is no output '%s'; %s gives %s"
                                .formatted(output.getName(), model.name(), known));
            }
            if (output.getParametersCount() > 0) {
                throw invalid(
                        "outputs",
                        output.getName()
                                + " has parameters but none is known: "
                                + output.getParametersMap().keySet());
            }
            wanted.add(output.getName());
        }
        return wanted;
    }

    private void expectSameRows() {
        var first = tensors.entrySet().iterator().next();
        tensors.forEach((name, rows) -> {
            if (rows.size() != first.getValue().size()) {
                throw invalid(
                        name,
                        "%s has %d rows but %s has %d"
                                .formatted(
                                        name,
                                        rows.size(),
                                        first.getKey(),
                                        first.getValue().size()));
            }
        });
    }

    private static List<List<String>> ids(
            ModelInferRequest.InferInputTensor input, Optional<ByteString> raw) {
        String name = input.getName();
        if (!input.getDatatype().equals(TensorMetadata.BYTES)) {
            throw invalid(
                    name,
                    "%s must be of BYTES but is of '%s'".formatted(name, input.getDatatype()));
        }
        if (input.getShapeCount() != 2
                || input.getShape(0) < 1
                || input.getShape(0) > MAX_ROWS
                || input.getShape(1) < 0
                || input.getShape(1) > Integer.MAX_VALUE / MAX_ROWS) {
            throw invalid(
                    name,
                    "%s must have the shape [rows, ids] with 1 to %d rows but has %s"
                            .formatted(name, MAX_ROWS, shown(input.getShapeList())));
        }
        int rows = (int) input.getShape(0);
        int columns = (int) input.getShape(1);
        if (raw.isPresent() && input.hasContents()) {
            throw invalid(name, name + " has contents although raw_input_contents are given");
        }
        List<ByteString> elements =
                raw.isPresent() ? elements(name, raw.get()) : typed(name, input.getContents());
        if (elements.size() != (long) rows * columns) {
            throw invalid(
                    name,
                    "%s has the shape %s, %d elements, but holds %d"
                            .formatted(
                                    name,
                                    shown(input.getShapeList()),
                                    (long) rows * columns,
                                    elements.size()));
        }
        List<List<String>> table = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            List<String> ids = new ArrayList<>(columns);
            for (int column = 0; column < columns; column++) {
                ByteString element = elements.get(row * columns + column);
                if (!element.isValidUtf8()) {
                    throw invalid(name, "%s[%d, %d] is not UTF-8".formatted(name, row, column));
                }
                ids.add(element.toStringUtf8());
            }
            table.add(Collections.unmodifiableList(ids));
        }
        return table;
    }

    private static List<ByteString> typed(String name, InferTensorContents contents) {
        for (var field : contents.getAllFields().keySet()) {
            if (!field.getName().equals("bytes_contents")) {
                throw invalid(name, "%s is of BYTES but holds %s".formatted(name, field.getName()));
            }
        }
        return contents.getBytesContentsList();
    }

    private static List<ByteString> elements(String name, ByteString raw) {
        List<ByteString> elements = new ArrayList<>();
        var bytes = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            int at = bytes.position();
            if (bytes.remaining() < Integer.BYTES) {
                throw invalid(
                        name,
                        "%s ends amid the length of an element, at byte %d of %d"
                                .formatted(name, at, raw.size()));
            }
            long length = Integer.toUnsignedLong(bytes.getInt());
            if (length > bytes.remaining()) {
                throw invalid(
                        name,
                        "%s has an element of %d bytes at byte %d but only %d are left"
                                .formatted(name, length, at, bytes.remaining()));
            }
            int from = bytes.position();
            elements.add(raw.substring(from, from + (int) length));
            bytes.position(from + (int) length);
        }
        return elements;
    }

    private static String shown(List<Long> shape) {
        return shape.size() <= 8 ? shape.toString() : shape.size() + " dimensions";
    }

    private static Failure.Invalid kind(String parameter, String what) {
        return invalid(parameter, "the parameter " + parameter + " must be " + what);
    }

    private static Failure.Invalid invalid(String field, String message) {
        return new Failure.Invalid(field, message);
    }
}
