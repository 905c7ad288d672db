import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type {
    DescMessage,
    DescMethod,
    DescMethodUnary,
    MessageInitShape,
    MessageShape,
} from "@bufbuild/protobuf";
import {
    Client,
    credentials,
    Metadata,
    status,
    type ChannelCredentials,
    type ClientUnaryCall,
} from "@grpc/grpc-js";
import { parseEndpoint } from "./endpoint.js";
import { LeaError, type GrpcFailure } from "./errors.js";
import { RetryBudget, serviceConfig } from "./retry.js";
import { duration, settingsOf, type ClientSettings } from "./settings.js";
import { StreamCall } from "./stream.js";
import { pause } from "./time.js";

const CLOSE_GRACE_MS = 2000;

/** Whom to trust and who we are. All texts are PEM. */
export interface Tls {
    /** Certificates of the authorities that may have signed the server's; unset: those of Node. */
    readonly ca?: string | Uint8Array | undefined;
    /** This side's certificate and what it hangs off, for a server that asks for one (mTLS); with `key`. */
    readonly certificate?: string | Uint8Array | undefined;
    /** The private key of `certificate`. */
    readonly key?: string | Uint8Array | undefined;
    /** The name that the server's certificate must bear; unset: the endpoint's host. */
    readonly serverName?: string | undefined;
}

export interface ChannelOptions extends Partial<ClientSettings> {
    /** Unset: plaintext, for loopback and for networks that encrypt by themselves. */
    readonly tls?: Tls | undefined;
}

/** What a caller may say about one call. */
export interface CallOptions {
    /** Aborts the call: it fails with CANCELLED, and the server stops working for it. */
    readonly signal?: AbortSignal | undefined;
    /** For all attempts together, above 0 and at most a day. Unset: the channel's setting; streams: none. */
    readonly deadlineMs?: number | undefined;
}

/**
 * The connection to one server, shared by all clients of it.
 *
 * Nothing is sent until the first call; a server that is not there is told by that call.
 */
export class LeaChannel implements AsyncDisposable {
    /** The server's endpoint, for messages. */
    readonly server: string;
    readonly settings: ClientSettings;
    readonly #grpc: Client;
    readonly #budget = new RetryBudget();
    readonly #running = new Set<{ cancel(): void }>();
    #closed = false;
    #brokenOff = false;
    #idle: (() => void) | undefined;

    private constructor(server: string, settings: ClientSettings, grpc: Client) {
        this.server = server;
        this.settings = settings;
        this.#grpc = grpc;
    }

    /**
     * @param endpoint `host:port`
     * @throws RangeError if the endpoint or a setting is none
     */
    static open(endpoint: string, options: ChannelOptions = {}): LeaChannel {
        const { tls, ...changes } = options;
        const settings = settingsOf(changes);
        const name = tls?.serverName;
        const grpc = new Client("dns:" + parseEndpoint(endpoint), credentialsOf(tls), {
            "grpc.max_receive_message_length": settings.maxMessageBytes,
            "grpc.max_send_message_length": -1,
            "grpc.service_config": JSON.stringify(serviceConfig(settings.maxAttempts)),
            "grpc.service_config_disable_resolution": 1,
            // else closing this channel would leave its connection to other channels of the process
            "grpc.use_local_subchannel_pool": 1,
            ...(name === undefined
                ? {}
                : { "grpc.ssl_target_name_override": name, "grpc.default_authority": name }),
        });
        return new LeaChannel(endpoint, settings, grpc);
    }

    /** Lets running calls end for a moment, then breaks them off. A second call does nothing. */
    async close(): Promise<void> {
        if (this.#closed) {
            return;
        }
        this.#closed = true;
        if (this.#running.size > 0) {
            const allEnded = new Promise<void>((resolve) => (this.#idle = resolve));
            const patience = new AbortController();
            await Promise.race([allEnded, pause(CLOSE_GRACE_MS, patience.signal).catch(() => undefined)]);
            patience.abort();
            this.#brokenOff = true;
            for (const call of this.#running) {
                call.cancel();
            }
        }
        this.#grpc.close();
    }

    [Symbol.asyncDispose](): Promise<void> {
        return this.close();
    }

    /**
     * One call with one answer. UNAVAILABLE is repeated inside grpc as the service config says; what the server
     * refused with a delay is repeated here.
     *
     * @internal
     * @param patienceMs for all attempts together, where the options name none
     * @throws LeaError if it failed for good
     */
    async call<Q extends DescMessage, R extends DescMessage>(
        method: DescMethodUnary<Q, R>,
        request: MessageInitShape<Q>,
        options: CallOptions = {},
        patienceMs = this.settings.callDeadlineMs,
    ): Promise<MessageShape<R>> {
        const deadline = Date.now() + this.#patience(options, patienceMs);
        const message = create(method.input, request);
        for (let attempt = 1; ; attempt++) {
            const ended = await this.#attempt(method, message, deadline, options.signal);
            if ("answer" in ended) {
                this.#budget.succeeded();
                return ended.answer;
            }
            // made here and not where grpc calls back, so that its stack leads to the caller
            const error = this.#errorOf(ended.failure, this.describe(method), options.signal, deadline);
            if (!this.#mayRepeat(error, attempt, deadline)) {
                throw error;
            }
            await this.#pause(error.retryDelayMs ?? 0, method, options.signal);
        }
    }

    /**
     * Opens a stream; close it.
     *
     * @internal
     */
    stream<Q extends DescMessage, R extends DescMessage>(
        method: DescMethod & { readonly input: Q; readonly output: R },
        options: CallOptions = {},
    ): StreamCall<Q, R> {
        const name = this.describe(method);
        this.#requireOpen(name);
        const deadline =
            options.deadlineMs === undefined ? Infinity : Date.now() + this.#patience(options, 0);
        const call = this.#grpc.makeBidiStreamRequest<MessageShape<Q>, MessageShape<R>>(
            path(method),
            (value) => encode(method.input, value),
            (bytes) => fromBinary(method.output, bytes),
            new Metadata(),
            { deadline },
        );
        this.#running.add(call);
        call.once("status", () => {
            this.#ended(call);
        });
        return new StreamCall(call, method.input, name, options.signal, (failure) =>
            this.#errorOf(failure, name, options.signal, deadline),
        );
    }

    /**
     * The call's name in messages.
     *
     * @internal
     */
    describe(method: DescMethod): string {
        return `${method.name} at ${this.server}`;
    }

    #attempt<Q extends DescMessage, R extends DescMessage>(
        method: DescMethodUnary<Q, R>,
        message: MessageShape<Q>,
        deadline: number,
        signal: AbortSignal | undefined,
    ): Promise<{ answer: MessageShape<R> } | { failure: GrpcFailure }> {
        const name = this.describe(method);
        this.#requireOpen(name);
        if (signal?.aborted === true) {
            throw aborted(name, signal);
        }
        return new Promise((resolve) => {
            const abort = () => {
                call.cancel();
            };
            const call: ClientUnaryCall = this.#grpc.makeUnaryRequest<MessageShape<Q>, MessageShape<R>>(
                path(method),
                (value) => encode(method.input, value),
                (bytes) => fromBinary(method.output, bytes),
                message,
                new Metadata(),
                { deadline },
                (failure, answer) => {
                    this.#ended(call);
                    signal?.removeEventListener("abort", abort);
                    resolve(answer === undefined ? { failure: failure as GrpcFailure } : { answer });
                },
            );
            this.#running.add(call);
            signal?.addEventListener("abort", abort, { once: true });
        });
    }

    #mayRepeat(failure: LeaError, attempt: number, deadline: number): boolean {
        return (
            failure.code === "RESOURCE_EXHAUSTED" &&
            attempt < this.settings.maxAttempts &&
            failure.retryDelayMs !== undefined &&
            failure.retryDelayMs < deadline - Date.now() &&
            this.#budget.take()
        );
    }

    /** Waits as long as the server asked, and up to a fifth more, so that refused callers do not return together. */
    async #pause(delayMs: number, method: DescMethod, signal: AbortSignal | undefined): Promise<void> {
        try {
            await pause(delayMs * (1 + Math.random() / 5), signal);
        } catch (cause) {
            throw signal === undefined ? cause : aborted(this.describe(method), signal);
        }
    }

    #patience(options: CallOptions, otherwise: number): number {
        if (options.deadlineMs === undefined) {
            return otherwise;
        }
        duration("deadlineMs", options.deadlineMs);
        return options.deadlineMs;
    }

    #errorOf(
        failure: GrpcFailure,
        name: string,
        signal: AbortSignal | undefined,
        deadline = Infinity,
    ): LeaError {
        if (signal?.aborted === true) {
            return aborted(name, signal);
        }
        if (failure.code === status.CANCELLED && Date.now() >= deadline) {
            // the server's clock ended the call, and its word came before this side's clock rang
            const late = { ...failure, code: status.DEADLINE_EXCEEDED, details: "the deadline has passed" };
            return LeaError.of(late, name);
        }
        return this.#brokenOff ? closed(name) : LeaError.of(failure, name);
    }

    #requireOpen(name: string): void {
        if (this.#closed) {
            throw closed(name);
        }
    }

    #ended(call: { cancel(): void }): void {
        this.#running.delete(call);
        if (this.#running.size === 0) {
            this.#idle?.();
        }
    }
}

function closed(call: string): LeaError {
    return LeaError.local("UNAVAILABLE", "CHANNEL_CLOSED", "the channel is closed", call);
}

function aborted(call: string, signal: AbortSignal): LeaError {
    return LeaError.local(
        "CANCELLED",
        "ABORTED_BY_CALLER",
        "the caller aborted the call",
        call,
        signal.reason,
    );
}

function path(method: DescMethod): string {
    return `/${method.parent.typeName}/${method.name}`;
}

function encode<T extends DescMessage>(type: T, message: MessageShape<T>): Buffer {
    const bytes = toBinary(type, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function credentialsOf(tls: Tls | undefined): ChannelCredentials {
    if (tls === undefined) {
        return credentials.createInsecure();
    }
    if ((tls.certificate === undefined) !== (tls.key === undefined)) {
        throw new RangeError("tls.certificate and tls.key go together, but one of them is missing");
    }
    return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.certificate));
}

function pem(text: string | Uint8Array | undefined): Buffer | null {
    return text === undefined ? null : Buffer.from(text);
}
