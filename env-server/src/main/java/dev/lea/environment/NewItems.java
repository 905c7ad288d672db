package dev.lea.environment;

import dev.lea.environment.model.EnvironmentLoader;
import dev.lea.environment.model.LanguageEnvironment;
import dev.lea.proto.environment.v1.NewItem;
import dev.lea.proto.environment.v1.PutItemsRequest;
import dev.lea.proto.environment.v1.PutItemsResponse;
import dev.lea.proto.environment.v1.TextColumn;
import dev.lea.serving.Failure;
import dev.lea.serving.bundle.Revision;
import dev.lea.serving.bundle.RevisionStore;
import dev.lea.serving.rpc.ModelVersions;
import dev.lea.serving.rpc.Revisions;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.Version;
import dev.lea.serving.text.ItemText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;

/// Adds items to the live version's catalogue: by their texts, or as another replica has them. What is added is
/// durable before it is seen, and seen before the call is answered.
final class NewItems implements Revisions {
    static final int MAX_ITEMS = 1_000;
    static final int MAX_ID = 256;
    static final int MAX_NAME = 128;
    static final int MAX_TEXT = 16_384;
    static final int MAX_REQUEST_ID = 128;

    private final ModelHost<LanguageEnvironment> host;
    private final EnvironmentLoader loader;
    private final RevisionStore store;

    NewItems(ModelHost<LanguageEnvironment> host, EnvironmentLoader loader, RevisionStore store) {
        this.host = host;
        this.loader = loader;
        this.store = store;
    }

    PutItemsResponse put(PutItemsRequest request) throws Exception {
        atMost("request_id", request.getRequestId().length(), MAX_REQUEST_ID);
        List<String> texts = texts(request);
        var response = new AtomicReference<PutItemsResponse>();
        onPlatformThread(() -> {
            host.revise(live -> {
                try (var lease = host.lease()) {
                    ModelVersions.check(request.getVersion(), lease.version());
                }
                return put(live, request, texts, response);
            });
            return null;
        });
        var version = host.live().orElseThrow();
        return response.get().toBuilder().setModel(ModelVersions.toProto(version)).build();
    }

    private Optional<LanguageEnvironment> put(
            LanguageEnvironment live,
            PutItemsRequest request,
            List<String> texts,
            AtomicReference<PutItemsResponse> response) {
        Revision before = live.revision();
        Long done = before.requests().get(request.getRequestId());
        if (done != null) {
            response.set(PutItemsResponse.newBuilder().setRevision(done).build());
            return Optional.empty();
        }
        for (int i = 0; i < request.getItemsCount(); i++) {
            String id = request.getItems(i).getItemId();
            int index = live.items().indexOf(id);
            if (index >= 0 && index < live.ownItems()) {
                throw new Failure.Invalid(
                        "items[%d].item_id".formatted(i),
                        "ITEM_IN_CATALOGUE",
                        "items[%d].item_id '%s' is an item that the live version was fitted on"
                                .formatted(i, id),
                        Map.of("item_id", id));
            }
        }
        List<float[]> rows = loader.rows(live, texts);
        List<Revision.Added> added = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            added.add(
                    Revision.Added.of(request.getItems(i).getItemId(), texts.get(i), rows.get(i)));
        }
        Revision next = before.with(added, request.getRequestId());
        LanguageEnvironment revised = loader.revised(live, next);
        keep(next, revised);
        int fresh = next.items().size() - before.items().size();
        response.set(
                PutItemsResponse.newBuilder()
                        .setRevision(next.number())
                        .setAddedCount(fresh)
                        .setUpdatedCount(added.size() - fresh)
                        .build());
        return Optional.of(revised);
    }

    @Override
    public Revision current() {
        try (var lease = host.lease()) {
            return lease.model().revision();
        }
    }

    @Override
    public Version take(Revision revision) {
        try {
            onPlatformThread(() -> {
                host.revise(live -> take(live, revision));
                return null;
            });
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return host.live().orElseThrow();
    }

    private Optional<LanguageEnvironment> take(LanguageEnvironment live, Revision revision) {
        Revision before = live.revision();
        if (revision.equalsContent(before)) {
            return Optional.empty();
        }
        if (!revision.versionDigest().equals(before.versionDigest())) {
            throw new Failure.Conflict(
                    "REVISION_OF_ANOTHER_VERSION",
                    "the revision is of version "
                            + revision.versionDigest()
                            + " but "
                            + before.versionDigest()
                            + " is live",
                    Map.of("digest", revision.versionDigest()));
        }
        if (revision.number() <= before.number()) {
            throw new Failure.Conflict(
                    "REVISION_NOT_NEWER",
                    "revision %d was sent but revision %d is here"
                            .formatted(revision.number(), before.number()),
                    Map.of("revision", Long.toString(before.number())));
        }
        LanguageEnvironment revised = loader.revised(live, revision);
        keep(revision, revised);
        return Optional.of(revised);
    }

    private void keep(Revision revision, LanguageEnvironment revised) {
        try {
            store.keep(revision);
        } catch (RuntimeException e) {
            revised.close();
            throw e;
        }
    }

    /// One text an item, checked.
    private static List<String> texts(PutItemsRequest request) {
        inRange("items", "items held", request.getItemsCount(), 1, MAX_ITEMS);
        List<String> texts = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < request.getItemsCount(); i++) {
            NewItem item = request.getItems(i);
            String field = "items[%d].item_id".formatted(i);
            inRange(field, "characters of " + field, item.getItemId().length(), 1, MAX_ID);
            if (!ids.add(item.getItemId())) {
                throw new Failure.Invalid(
                        field,
                        "DUPLICATE_ITEM",
                        "%s '%s' stands there twice".formatted(field, item.getItemId()),
                        Map.of("item_id", item.getItemId()));
            }
            texts.add(text(item, "items[%d].columns".formatted(i)));
        }
        return texts;
    }

    private static String text(NewItem item, String field) {
        Map<String, String> columns = new LinkedHashMap<>();
        int length = 0;
        for (TextColumn column : item.getColumnsList()) {
            inRange(
                    field,
                    "characters of a name in " + field,
                    column.getName().length(),
                    1,
                    MAX_NAME);
            length += column.getText().length();
            if (columns.put(column.getName(), column.getText()) != null) {
                throw new Failure.Invalid(
                        field,
                        "DUPLICATE_COLUMN",
                        "%s names '%s' twice".formatted(field, column.getName()),
                        Map.of("column", column.getName()));
            }
        }
        inRange(field, "characters of " + field, length, 1, MAX_TEXT);
        String text = ItemText.sentence(columns);
        if (text.isBlank()) {
            throw new Failure.Invalid(
                    field,
                    "NO_TEXT",
                    "%s holds no text: an item is known by its text alone".formatted(field),
                    Map.of("item_id", item.getItemId()));
        }
        return text;
    }

    private static void inRange(String field, String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new Failure.Invalid(
                    field,
                    "OUT_OF_RANGE",
                    "%s must be in [%d, %d] but is %d".formatted(what, min, max, value),
                    Map.of("field", field, "value", Integer.toString(value)));
        }
    }

    private static void atMost(String field, int value, int max) {
        inRange(field, "characters of " + field, value, 0, max);
    }

    /// The language model is native code.
    private static void onPlatformThread(Callable<Void> work) throws Exception {
        var task = new FutureTask<>(work);
        Thread.ofPlatform().name("new-items").start(task);
        try {
            task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception problem ? problem : e;
        }
    }
}
