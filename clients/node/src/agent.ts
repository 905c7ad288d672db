import type { MessageInitShape } from "@bufbuild/protobuf";
import { inOrder, type Source } from "./batches.js";
import type { CallOptions, LeaChannel } from "./channel.js";
import {
    AgentService,
    type RecommendRequestSchema,
    type RecommendResponse,
    type ScoreItemsRequestSchema,
    type ScoreItemsResponse,
} from "./gen/lea/agent/v1/agent_pb.js";
import { withPin, type VersionNumber } from "./pin.js";

/**
 * Asks agent-server for recommendations.
 *
 * Every method fails with a LeaError when its call failed.
 */
export class AgentClient {
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
    pinned(version: VersionNumber): AgentClient {
        return new AgentClient(this.#channel, { version });
    }

    /** The k best items to show next. */
    recommend(
        request: MessageInitShape<typeof RecommendRequestSchema>,
        options?: CallOptions,
    ): Promise<RecommendResponse> {
        return this.#channel.call(AgentService.method.recommend, withPin(request, this.#pin), options);
    }

    /** What the policy makes of items that the request names. */
    scoreItems(
        request: MessageInitShape<typeof ScoreItemsRequestSchema>,
        options?: CallOptions,
    ): Promise<ScoreItemsResponse> {
        return this.#channel.call(AgentService.method.scoreItems, withPin(request, this.#pin), options);
    }

    /**
     * Recommendations for many users: one call each, several under way at a time, the answers in the order of
     * the requests. Requests are drawn as answers are taken; leaving the loop, or a call that failed, ends it.
     */
    recommendAll(
        requests: Source<MessageInitShape<typeof RecommendRequestSchema>>,
        options: CallOptions & { readonly concurrency?: number } = {},
    ): AsyncGenerator<RecommendResponse, void, undefined> {
        const { concurrency = 8, ...call } = options;
        return inOrder(requests, concurrency, call.signal, (request, signal) =>
            this.recommend(request, { ...call, signal }),
        );
    }
}
