import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { LeaError, type Code, type GrpcFailure } from "./errors.js";

/**
 * A stream as a conversation: send, finish, next.
 *
 * Invariants:
 *  - grpc asks the server for more only while few answers wait to be taken;
 *  - every wait has an end: the time the caller names, the call's end, or the caller's signal;
 *  - {@link close} cancels the call unless it is over, so that the server stops working for nobody.
 *
 * @internal
 */
export class StreamCall<Q extends DescMessage, R extends DescMessage> {
    readonly #call: ClientDuplexStream<MessageShape<Q>, MessageShape<R>>;
    readonly #input: Q;
    readonly #name: string;
    readonly #signal: AbortSignal | undefined;
    readonly #abort = () => {
        this.#call.cancel();
    };
    readonly #errorOf: (failure: GrpcFailure) => LeaError;
    #ended = false;
    #failure: GrpcFailure | undefined;
    #changed: (() => void)[] = [];

    constructor(
        call: ClientDuplexStream<MessageShape<Q>, MessageShape<R>>,
        input: Q,
        name: string,
        signal: AbortSignal | undefined,
        errorOf: (failure: GrpcFailure) => LeaError,
    ) {
        this.#call = call;
        this.#input = input;
        this.#name = name;
        this.#signal = signal;
        this.#errorOf = errorOf;
        const change = () => {
            this.wake();
        };
        call.on("readable", change);
        call.on("drain", change);
        call.on("end", () => {
            this.#ended = true;
            change();
        });
        call.on("error", (failure: GrpcFailure) => {
            this.#failure ??= failure;
            this.#ended = true;
            change();
        });
        if (signal?.aborted === true) {
            call.cancel();
        } else {
            signal?.addEventListener("abort", this.#abort, { once: true });
        }
    }

    /** Sends without waiting; whoever sends much asks {@link awaitRoom} first. */
    send(message: MessageInitShape<Q>): void {
        if (!this.#ended) {
            this.#call.write(create(this.#input, message));
        }
    }

    /** Tells the server that nothing more is coming. */
    finish(): void {
        this.#call.end();
    }

    /**
     * Waits until the transport takes more.
     *
     * @returns false when the call is over, so that sending is pointless
     * @throws LeaError after `patienceMs` without room
     */
    async awaitRoom(patienceMs: number): Promise<boolean> {
        await this.#awaitWhile(
            () => !this.#ended && this.#call.writableNeedDrain,
            () => patienceMs,
            "the server took no data",
        );
        return !this.#ended;
    }

    /**
     * The next answer, or nothing when the server has ended the stream with OK.
     *
     * @param patienceMs asked again each time it is over; Infinity while there is nothing to wait for
     * @throws LeaError if the call failed, or after the patience without an answer
     */
    async next(patienceMs: () => number): Promise<MessageShape<R> | undefined> {
        const taken: MessageShape<R>[] = [];
        await this.#awaitWhile(
            () => {
                const answer = this.#call.read() as MessageShape<R> | null;
                if (answer !== null) {
                    taken.push(answer);
                }
                return taken.length === 0 && !this.#ended;
            },
            patienceMs,
            "no answer",
        );
        if (taken.length > 0) {
            return taken[0];
        }
        if (this.#failure !== undefined) {
            throw this.#errorOf(this.#failure);
        }
        return undefined;
    }

    /** Cancels the call if it still runs. */
    close(): void {
        this.#signal?.removeEventListener("abort", this.#abort);
        this.#call.cancel();
    }

    /** A failure of this call that this side noticed. */
    failure(code: Code, reason: string, description: string): LeaError {
        return LeaError.local(code, reason, description, this.#name);
    }

    async #awaitWhile(condition: () => boolean, patienceMs: () => number, complaint: string): Promise<void> {
        let since = Date.now();
        while (condition()) {
            const patience = patienceMs();
            const left = patience - (Date.now() - since);
            if (left <= 0) {
                throw this.failure("DEADLINE_EXCEEDED", "STREAM_IDLE", `${complaint} for ${patience} ms`);
            }
            await this.#change(left);
            if (left === Infinity) {
                since = Date.now();
            }
        }
    }

    /** Until something has changed, but no longer than so. */
    #change(longestMs: number): Promise<void> {
        return new Promise((resolve) => {
            const timer = Number.isFinite(longestMs) ? setTimeout(resolve, longestMs) : undefined;
            this.#changed.push(() => {
                clearTimeout(timer);
                resolve();
            });
        });
    }

    /** Lets every wait look again whether it has an end. */
    wake(): void {
        const waiting = this.#changed;
        this.#changed = [];
        for (const look of waiting) {
            look();
        }
    }
}
