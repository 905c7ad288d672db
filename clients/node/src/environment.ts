import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { inOrder, pieces, type Source } from "./batches.js";
import type { CallOptions, LeaChannel } from "./channel.js";
import { LeaError } from "./errors.js";
import {
    EnvironmentService,
    type AnnotateRequestSchema,
    type AnnotateResponse,
    type AugmentActionsRequestSchema,
    type AugmentActionsResponse,
    type AugmentQuerySchema,
    type AugmentResult,
    type GetEnvironmentResponse,
    type GetStatesRequestSchema,
    type GetStatesResponse,
    type PutItemsRequestSchema,
    type PutItemsResponse,
    type ScoreActionsRequestSchema,
    type ScoreActionsResponse,
    type ScoreQuerySchema,
    type ScoreResult,
    type StateQuerySchema,
    type StateResult,
} from "./gen/lea/environment/v1/environment_pb.js";
import type { ModelVersion } from "./gen/lea/common/v1/common_pb.js";
import { withPin, type VersionNumber } from "./pin.js";
import { wholeNumber } from "./settings.js";
import type { StreamCall } from "./stream.js";

const MAX_IN_FLIGHT = 1024;
const MAX_QUERIES = 256;

/** How many queries travel. */
export interface BatchOptions extends CallOptions {
    /** Queries a call, 1 to 256. Unset: 64. A call whose answer would be too large is made in halves. */
    readonly batchSize?: number;
    /** Calls under way at a time, 1 to 1024. Unset: 2. */
    readonly concurrency?: number;
}

/** One query's result and the version that gave it: two may differ where another version went live between. */
export interface Answered<T> {
    readonly model: ModelVersion;
    readonly result: T;
}

/**
 * Asks env-server for states, rewards and positive actions.
 *
 * Every method fails with a LeaError when its call failed.
 */
export class EnvironmentClient {
    readonly #channel: LeaChannel;
    readonly #pin: bigint | undefined;

    constructor(channel: LeaChannel, options: { readonly version?: VersionNumber } = {}) {
        this.#channel = channel;
        this.#pin = options.version === undefined ? undefined : BigInt(options.version);
    }

    /**
     * The same client for one version: calls are answered by it or fail with FAILED_PRECONDITION, reason
     * VERSION_MISMATCH. A request that pins a version itself keeps its own.
     */
    pinned(version: VersionNumber): EnvironmentClient {
        return new EnvironmentClient(this.#channel, { version });
    }

    /** The live LE. */
    describe(options?: CallOptions): Promise<GetEnvironmentResponse> {
        return this.#channel.call(EnvironmentService.method.getEnvironment, {}, options);
    }

    /** States of histories, or of all their prefixes. */
    states(
        request: MessageInitShape<typeof GetStatesRequestSchema>,
        options?: CallOptions,
    ): Promise<GetStatesResponse> {
        return this.#channel.call(EnvironmentService.method.getStates, withPin(request, this.#pin), options);
    }

    /** Rewards of candidate actions. */
    score(
        request: MessageInitShape<typeof ScoreActionsRequestSchema>,
        options?: CallOptions,
    ): Promise<ScoreActionsResponse> {
        return this.#channel.call(
            EnvironmentService.method.scoreActions,
            withPin(request, this.#pin),
            options,
        );
    }

    /** Positive actions. */
    augment(
        request: MessageInitShape<typeof AugmentActionsRequestSchema>,
        options?: CallOptions,
    ): Promise<AugmentActionsResponse> {
        return this.#channel.call(
            EnvironmentService.method.augmentActions,
            withPin(request, this.#pin),
            options,
        );
    }

    /** Registers items by their texts. Give the request an id: a repeat then changes nothing. */
    putItems(
        request: MessageInitShape<typeof PutItemsRequestSchema>,
        options?: CallOptions,
    ): Promise<PutItemsResponse> {
        const patience = this.#channel.settings.slowCallDeadlineMs;
        const method = EnvironmentService.method.putItems;
        return this.#channel.call(method, withPin(request, this.#pin), options, patience);
    }

    /**
     * States of any number of histories, in calls of several queries each; results in the order of the queries.
     *
     * @param request what else the requests say, for instance `unknownItems`
     */
    statesOf(
        queries: Source<MessageInitShape<typeof StateQuerySchema>>,
        request: Omit<MessageInitShape<typeof GetStatesRequestSchema>, "queries" | "$typeName"> = {},
        options: BatchOptions = {},
    ): AsyncGenerator<Answered<StateResult>, void, undefined> {
        return this.#batched(queries, options, (piece, call) =>
            this.states({ ...request, queries: piece }, call),
        );
    }

    /** Rewards for any number of histories, as {@link statesOf}. */
    scoresOf(
        queries: Source<MessageInitShape<typeof ScoreQuerySchema>>,
        request: Omit<MessageInitShape<typeof ScoreActionsRequestSchema>, "queries" | "$typeName"> = {},
        options: BatchOptions = {},
    ): AsyncGenerator<Answered<ScoreResult>, void, undefined> {
        return this.#batched(queries, options, (piece, call) =>
            this.score({ ...request, queries: piece }, call),
        );
    }

    /** Positive actions for any number of histories, as {@link statesOf}. */
    augmentedOf(
        queries: Source<MessageInitShape<typeof AugmentQuerySchema>>,
        request: Omit<MessageInitShape<typeof AugmentActionsRequestSchema>, "queries" | "$typeName"> = {},
        options: BatchOptions = {},
    ): AsyncGenerator<Answered<AugmentResult>, void, undefined> {
        return this.#batched(queries, options, (piece, call) =>
            this.augment({ ...request, queries: piece }, call),
        );
    }

    /**
     * Annotates sequences in bulk over one stream; answers in the order of the requests.
     *
     * Requests are drawn as there is room: no more than `inFlight` sequences are under way, on the server, on
     * the wire and with the consumer together. An answer that does not come within the channel's idle timeout,
     * an exception from the source, or leaving the loop cancels the stream; what was answered until then stands,
     * so that a consumer who counts can go on from there.
     */
    async *annotate(
        requests: Source<MessageInitShape<typeof AnnotateRequestSchema>>,
        options: CallOptions & { readonly inFlight?: number } = {},
    ): AsyncGenerator<AnnotateResponse, void, undefined> {
        const { inFlight = 32, ...call } = options;
        wholeNumber("inFlight", inFlight, 1, MAX_IN_FLIGHT);
        const patience = this.#channel.settings.idleTimeoutMs;
        const stream = this.#channel.stream(EnvironmentService.method.annotate, call);
        const requestsSent = new Feed(stream, requests, inFlight, (request) => withPin(request, this.#pin));
        try {
            requestsSent.start();
            for (let answered = 0; ; answered++) {
                const answer = await requestsSent.unlessBroken(() =>
                    // while nothing is under way it is the source that is waited for
                    stream.next(() =>
                        requestsSent.finished || requestsSent.count > answered ? patience : Infinity,
                    ),
                );
                if (answer === undefined) {
                    if (!requestsSent.finished || requestsSent.count !== answered) {
                        const text = `the server ended the stream after ${answered} of ${requestsSent.count} answers`;
                        throw stream.failure("INTERNAL", "STREAM_CUT", text);
                    }
                    return;
                }
                yield answer;
                requestsSent.taken();
            }
        } finally {
            requestsSent.stop();
            stream.close();
        }
    }

    #batched<Q, T>(
        queries: Source<Q>,
        options: BatchOptions,
        ask: (piece: Q[], call: CallOptions) => Promise<{ model?: ModelVersion | undefined; results: T[] }>,
    ): AsyncGenerator<Answered<T>, void, undefined> {
        const { batchSize = 64, concurrency = 2, ...call } = options;
        wholeNumber("batchSize", batchSize, 1, MAX_QUERIES);
        return flattened(
            inOrder(pieces(queries, batchSize), concurrency, call.signal, (piece, signal) =>
                answersOf(piece, (part) => ask(part, { ...call, signal })),
            ),
        );
    }
}

/** Halves what does not fit one answer, until it does or is a single query. */
async function answersOf<Q, T>(
    piece: Q[],
    ask: (piece: Q[]) => Promise<{ model?: ModelVersion | undefined; results: T[] }>,
): Promise<Answered<T>[]> {
    try {
        const answer = await ask(piece);
        const model = answer.model as ModelVersion;
        return answer.results.map((result) => ({ model, result }));
    } catch (error) {
        if (!(error instanceof LeaError) || error.reason !== "ANSWER_TOO_LARGE" || piece.length === 1) {
            throw error;
        }
        const middle = Math.ceil(piece.length / 2);
        const first = await answersOf(piece.slice(0, middle), ask);
        return first.concat(await answersOf(piece.slice(middle), ask));
    }
}

async function* flattened<T>(
    lists: AsyncGenerator<T[], void, undefined>,
): AsyncGenerator<T, void, undefined> {
    for await (const list of lists) {
        yield* list;
    }
}

/** Sends what a source gives while fewer than `room` are under way. */
class Feed<Q extends DescMessage, R extends DescMessage, T extends MessageInitShape<Q>> {
    readonly #stream: StreamCall<Q, R>;
    readonly #source: Source<T>;
    readonly #room: number;
    readonly #prepare: (request: T) => T;
    #stopped = false;
    #roomMade: (() => void) | undefined;
    #broken: { readonly cause: unknown } | undefined;
    #taken = 0;
    /** Requests sent so far. */
    count = 0;
    /** Whether the source has come to its end. */
    finished = false;

    constructor(stream: StreamCall<Q, R>, source: Source<T>, room: number, prepare: (request: T) => T) {
        this.#stream = stream;
        this.#source = source;
        this.#room = room;
        this.#prepare = prepare;
    }

    start(): void {
        this.#send().catch((cause: unknown) => {
            this.#broken = { cause };
            this.#stream.close();
        });
    }

    /** One answer has been dealt with. */
    taken(): void {
        this.#taken++;
        this.#roomMade?.();
    }

    stop(): void {
        this.#stopped = true;
        this.#roomMade?.();
    }

    /** @throws what the source threw, rather than that its stream was cancelled for it */
    async unlessBroken(
        answer: () => Promise<MessageShape<R> | undefined>,
    ): Promise<MessageShape<R> | undefined> {
        try {
            return await answer();
        } catch (error) {
            throw this.#broken === undefined ? error : this.#broken.cause;
        }
    }

    async #send(): Promise<void> {
        for await (const request of this.#source) {
            if (this.#stopped) {
                return;
            }
            this.#stream.send(this.#prepare(request));
            this.count++;
            this.#stream.wake();
            await this.#untilRoom();
        }
        if (!this.#stopped) {
            this.finished = true;
            this.#stream.finish();
            this.#stream.wake();
        }
    }

    async #untilRoom(): Promise<void> {
        while (!this.#stopped && this.count - this.#taken >= this.#room) {
            await new Promise<void>((resolve) => (this.#roomMade = resolve));
        }
    }
}
