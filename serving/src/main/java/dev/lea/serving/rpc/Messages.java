package dev.lea.serving.rpc;

import com.google.protobuf.util.Timestamps;
import dev.lea.proto.common.v1.ModelVersion;
import dev.lea.proto.repository.v1.Aliases;
import dev.lea.proto.repository.v1.ShadowComparison;
import dev.lea.proto.repository.v1.Version;
import dev.lea.proto.repository.v1.VersionEventKind;
import dev.lea.proto.repository.v1.VersionRole;
import dev.lea.proto.repository.v1.VersionState;
import dev.lea.proto.repository.v1.WatchVersionsResponse;
import dev.lea.serving.bundle.StoredVersion;
import dev.lea.serving.swap.ModelHost;
import dev.lea.serving.swap.ShadowStatistics;
import dev.lea.serving.swap.VersionEvent;
import java.time.Instant;

/// The repository's words on the wire.
final class Messages {
    private Messages() {}

    static Version version(ModelHost<?> host, StoredVersion version) {
        long number = version.number();
        boolean live = host.live().map(loaded -> loaded.number() == number).orElse(false);
        var aliases = host.store().aliases();
        var message =
                Version.newBuilder()
                        .setModel(
                                ModelVersion.newBuilder()
                                        .setName(version.name())
                                        .setVersion(number)
                                        .setDigest(version.digest()))
                        .setState(
                                live
                                        ? VersionState.VERSION_STATE_LIVE
                                        : version.refusal().isEmpty()
                                                ? VersionState.VERSION_STATE_STORED
                                                : VersionState.VERSION_STATE_REFUSED)
                        .setCreateTime(Timestamps.fromMillis(version.createTime().toEpochMilli()))
                        .setFailure(version.refusal())
                        .setSizeBytes(version.sizeBytes())
                        .putAllMetrics(version.metrics());
        if (live) {
            message.addRoles(VersionRole.VERSION_ROLE_LIVE);
        }
        if (number == aliases.canary()) {
            message.addRoles(VersionRole.VERSION_ROLE_CANARY);
        }
        if (number == aliases.shadow()) {
            message.addRoles(VersionRole.VERSION_ROLE_SHADOW);
        }
        return message.build();
    }

    static Aliases aliases(dev.lea.serving.bundle.Aliases aliases) {
        return Aliases.newBuilder()
                .setLive(aliases.live())
                .setCanary(aliases.canary())
                .setCanaryShare(aliases.share())
                .setShadow(aliases.shadow())
                .build();
    }

    static ShadowComparison comparison(ShadowStatistics.Comparison comparison) {
        return ShadowComparison.newBuilder()
                .setAnswered(ModelVersions.toProto(comparison.answered()))
                .setShadow(ModelVersions.toProto(comparison.shadow()))
                .setComparedCount(comparison.compared())
                .setIdenticalCount(comparison.identical())
                .setSameFirstCount(comparison.sameFirst())
                .setMeanOverlap(comparison.meanOverlap())
                .setMeanScoreDifference(comparison.meanScoreDifference())
                .setMaxScoreDifference(comparison.maxScoreDifference())
                .setFailedCount(comparison.failed())
                .setSkippedCount(comparison.skipped())
                .setLastFailure(comparison.lastFailure())
                .build();
    }

    static WatchVersionsResponse event(VersionEvent event, Instant time) {
        return WatchVersionsResponse.newBuilder()
                .setKind(kind(event.kind()))
                .setVersion(event.version())
                .setTime(Timestamps.fromMillis(time.toEpochMilli()))
                .setDetail(event.detail())
                .setAliases(aliases(event.aliases()))
                .build();
    }

    private static VersionEventKind kind(VersionEvent.Kind kind) {
        return switch (kind) {
            case UPLOADED -> VersionEventKind.VERSION_EVENT_KIND_UPLOADED;
            case LOADING -> VersionEventKind.VERSION_EVENT_KIND_LOADING;
            case VERIFIED -> VersionEventKind.VERSION_EVENT_KIND_VERIFIED;
            case WARMED -> VersionEventKind.VERSION_EVENT_KIND_WARMED;
            case REFUSED -> VersionEventKind.VERSION_EVENT_KIND_REFUSED;
            case LIVE -> VersionEventKind.VERSION_EVENT_KIND_LIVE;
            case CANARY -> VersionEventKind.VERSION_EVENT_KIND_CANARY;
            case CANARY_ENDED -> VersionEventKind.VERSION_EVENT_KIND_CANARY_ENDED;
            case SHADOW -> VersionEventKind.VERSION_EVENT_KIND_SHADOW;
            case SHADOW_ENDED -> VersionEventKind.VERSION_EVENT_KIND_SHADOW_ENDED;
            case CLOSED -> VersionEventKind.VERSION_EVENT_KIND_CLOSED;
            case DELETED -> VersionEventKind.VERSION_EVENT_KIND_DELETED;
        };
    }
}
