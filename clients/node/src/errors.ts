import { fromBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { anyUnpack, type Any } from "@bufbuild/protobuf/wkt";
import { status as grpcStatus, type Metadata } from "@grpc/grpc-js";
import {
    BadRequestSchema,
    ErrorInfoSchema,
    RetryInfoSchema,
    StatusSchema,
} from "./gen/google/rpc/details_pb.js";

/** Name of a canonical gRPC code other than OK. */
export type Code = Exclude<keyof typeof grpcStatus, "OK">;

/** What is wrong with one field of the request. */
export interface FieldViolation {
    /** Its path, for instance `history_item_ids[3]`. */
    readonly field: string;
    /** For people. */
    readonly description: string;
}

/** What a status carries beside its code. */
interface Details {
    readonly description: string;
    readonly reason: string;
    readonly domain: string;
    readonly metadata: Readonly<Record<string, string>>;
    readonly fieldViolations: readonly FieldViolation[];
    readonly retryDelayMs: number | undefined;
}

/** A call that ended with a status other than OK, as grpc gives it. */
export interface GrpcFailure {
    readonly code: grpcStatus;
    readonly details: string;
    readonly metadata: Metadata;
}

/**
 * A call that failed, with everything that the server said about it.
 *
 * Programs decide by {@link code} and {@link reason}; the message is for people and names the call and the server.
 */
export class LeaError extends Error {
    override readonly name = "LeaError";
    /** The call's canonical code. */
    readonly code: Code;
    /** What the server said, without the call's name. */
    readonly description: string;
    /** Stable UPPER_SNAKE name of the cause, empty when the answer carried none. */
    readonly reason: string;
    /** Whose reason it is, `lea.dev` for Lea's servers; empty without a reason. */
    readonly domain: string;
    /** Ids, bounds and values that belong to the reason. */
    readonly metadata: Readonly<Record<string, string>>;
    /** What is wrong with the request, field by field. */
    readonly fieldViolations: readonly FieldViolation[];
    /** How long the server asks to wait before the next attempt; without it a repeat is not invited. */
    readonly retryDelayMs: number | undefined;

    private constructor(code: Code, details: Details, call: string, cause?: unknown) {
        super(sentence(code, details, call), cause === undefined ? undefined : { cause });
        this.code = code;
        this.description = details.description;
        this.reason = details.reason;
        this.domain = details.domain;
        this.metadata = details.metadata;
        this.fieldViolations = details.fieldViolations;
        this.retryDelayMs = details.retryDelayMs;
    }

    /**
     * @internal
     * @param call what was asked of whom, for the message
     */
    static of(failure: GrpcFailure, call: string): LeaError {
        const code = grpcStatus[failure.code] as Code;
        return new LeaError(code, read(failure), call);
    }

    /**
     * A failure that this side noticed.
     *
     * @internal
     * @param reason UPPER_SNAKE, for programs
     */
    static local(code: Code, reason: string, description: string, call: string, cause?: unknown): LeaError {
        const details = {
            description,
            reason,
            domain: "",
            metadata: {},
            fieldViolations: [],
            retryDelayMs: undefined,
        };
        return new LeaError(code, details, call, cause);
    }

    /** Names of the request's fields that are wrong. */
    get fields(): readonly string[] {
        return this.fieldViolations.map((violation) => violation.field);
    }

    /** Whether the same call may succeed later: nobody answered, or the server named a delay. */
    get isTransient(): boolean {
        return (
            this.code === "UNAVAILABLE" ||
            (this.code === "RESOURCE_EXHAUSTED" && this.retryDelayMs !== undefined)
        );
    }

    /**
     * Whether the server was away or not itself: nobody answered, it asked for patience, it fell silent, or it
     * ended while it was at work. Work that can wait goes on when the server is back. A call that this side
     * aborted is no outage.
     */
    get isOutage(): boolean {
        if (this.reason === "ABORTED_BY_CALLER") {
            return false;
        }
        return (
            this.isTransient ||
            this.code === "DEADLINE_EXCEEDED" ||
            this.code === "CANCELLED" ||
            this.reason === "STREAM_CUT"
        );
    }
}

function read(failure: GrpcFailure): Details {
    const status = detailedStatus(failure.metadata);
    const details = status?.details ?? [];
    const info = find(details, ErrorInfoSchema);
    const delay = find(details, RetryInfoSchema)?.retryDelay;
    return {
        // grpc-js leaves a few escapes in the message of the header; the trailer has it as it was said
        description: status?.code === failure.code ? status.message : failure.details,
        reason: info?.reason ?? "",
        domain: info?.domain ?? "",
        metadata: { ...info?.metadata },
        fieldViolations: (find(details, BadRequestSchema)?.fieldViolations ?? []).map(
            ({ field, description }) => ({ field, description }),
        ),
        retryDelayMs: delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    };
}

/** What cannot be read counts as absent: the code still stands. */
function detailedStatus(trailers: Metadata) {
    const [bytes] = trailers.get("grpc-status-details-bin");
    if (!(bytes instanceof Uint8Array)) {
        return undefined;
    }
    try {
        return fromBinary(StatusSchema, bytes);
    } catch {
        return undefined;
    }
}

/** The first detail of a kind. */
function find<T extends DescMessage>(details: readonly Any[], kind: T): MessageShape<T> | undefined {
    for (const detail of details) {
        if (detail.typeUrl.endsWith("/" + kind.typeName)) {
            try {
                return anyUnpack(detail, kind);
            } catch {
                return undefined;
            }
        }
    }
    return undefined;
}

function sentence(code: Code, details: Details, call: string): string {
    const reason = details.reason === "" ? "" : ` (${details.reason})`;
    const description = details.description === "" ? "" : `: ${details.description}`;
    return `${call}: ${code}${reason}${description}`;
}
