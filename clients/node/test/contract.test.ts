import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
    create,
    fromJson,
    toJson,
    type DescMessage,
    type JsonValue,
    type MessageShape,
} from "@bufbuild/protobuf";
import {
    AgentClient,
    EnvironmentClient,
    HealthClient,
    LeaChannel,
    LeaError,
    RepositoryClient,
} from "../src/index.js";
import type { CallOptions } from "../src/index.js";
import * as proto from "../src/proto.js";
import { pause } from "../src/time.js";
import {
    build,
    isObject,
    misfit,
    parse,
    ROOT,
    servers,
    use,
    whyNoServers,
    type Json,
    type JsonObject,
    type Servers,
} from "./contract.js";

const CASES = ROOT + "clients/contract/cases/";
const PATIENCE_MS = 20_000;
const COUNTS_MS = 5_000;
const CASE_KEYS = ["name", "server", "steps"];
const STEP_KEYS = new Set(
    ["call", "stream", "control", "health", "request", "requests", "server", "deadline_ms", "retries"].concat(
        [
            "cancel_after_ms",
            "concurrent",
            "meanwhile",
            "save",
            "expect",
            "attempts",
            "in_flight",
            "take",
            "version",
        ],
    ),
);
const STATUS_KEYS = new Set([
    "code",
    "reason",
    "metadata",
    "fields",
    "message",
    "retry_delay_ms",
    "transient",
]);

type Kind = "agent" | "environment";

interface Case {
    readonly name: string;
    readonly server: Kind;
    readonly steps: Step[];
}

type Step = JsonObject;

type Outcome = { readonly answer: Json } | { readonly status: JsonObject };

/** A method of the client under test: proto JSON in, proto JSON out. */
type Method = (channel: LeaChannel, request: JsonValue, options: CallOptions) => Promise<Json>;

const METHODS: Record<string, Method> = {
    Recommend: method(
        proto.RecommendRequestSchema,
        proto.RecommendResponseSchema,
        (channel, request, options) => new AgentClient(channel).recommend(request, options),
    ),
    ScoreItems: method(
        proto.ScoreItemsRequestSchema,
        proto.ScoreItemsResponseSchema,
        (channel, request, options) => new AgentClient(channel).scoreItems(request, options),
    ),
    GetEnvironment: method(
        proto.GetEnvironmentRequestSchema,
        proto.GetEnvironmentResponseSchema,
        (channel, _request, options) => new EnvironmentClient(channel).describe(options),
    ),
    GetStates: method(
        proto.GetStatesRequestSchema,
        proto.GetStatesResponseSchema,
        (channel, request, options) => new EnvironmentClient(channel).states(request, options),
    ),
    ScoreActions: method(
        proto.ScoreActionsRequestSchema,
        proto.ScoreActionsResponseSchema,
        (channel, request, options) => new EnvironmentClient(channel).score(request, options),
    ),
    AugmentActions: method(
        proto.AugmentActionsRequestSchema,
        proto.AugmentActionsResponseSchema,
        (channel, request, options) => new EnvironmentClient(channel).augment(request, options),
    ),
    ListVersions: method(
        proto.ListVersionsRequestSchema,
        proto.ListVersionsResponseSchema,
        async (channel, _request, options) =>
            create(proto.ListVersionsResponseSchema, {
                versions: await new RepositoryClient(channel).list(options),
            }),
    ),
    GetAliases: method(
        proto.GetAliasesRequestSchema,
        proto.GetAliasesResponseSchema,
        async (channel, _request, options) =>
            create(proto.GetAliasesResponseSchema, {
                aliases: await new RepositoryClient(channel).aliases(options),
            }),
    ),
    ActivateVersion: method(
        proto.ActivateVersionRequestSchema,
        proto.ActivateVersionResponseSchema,
        (channel, request, options) =>
            new RepositoryClient(channel).activate(request.version, {
                ...options,
                expectedLive: request.expectedLiveVersion,
            }),
    ),
    RollBack: method(
        proto.RollBackRequestSchema,
        proto.RollBackResponseSchema,
        (channel, _request, options) => new RepositoryClient(channel).rollBack(options),
    ),
    SetCanary: method(
        proto.SetCanaryRequestSchema,
        proto.SetCanaryResponseSchema,
        async (channel, request, options) =>
            create(proto.SetCanaryResponseSchema, {
                aliases: await new RepositoryClient(channel).setCanary(
                    request.version,
                    request.share,
                    options,
                ),
            }),
    ),
};

function method<Q extends DescMessage, R extends DescMessage>(
    input: Q,
    output: R,
    call: (channel: LeaChannel, request: MessageShape<Q>, options: CallOptions) => Promise<MessageShape<R>>,
): Method {
    return async (channel, request, options) =>
        json(output, await call(channel, fromJson(input, request), options));
}

function json<T extends DescMessage>(type: T, message: MessageShape<T>): Json {
    const value: JsonValue = toJson(type, message, { useProtoFieldName: true, alwaysEmitImplicit: true });
    return value;
}

/** One run of one case: its channels and what it saved. */
class Run implements AsyncDisposable {
    readonly #servers: Servers;
    readonly #kind: Kind;
    readonly #channels = new Map<string, LeaChannel>();
    readonly #saved = new Map<string, Json>();

    constructor(at: Servers, kind: Kind) {
        this.#servers = at;
        this.#kind = kind;
    }

    async [Symbol.asyncDispose](): Promise<void> {
        await Promise.all([...this.#channels.values()].map((channel) => channel.close()));
    }

    async step(step: Step): Promise<void> {
        const unknown = Object.keys(step).find((key) => !STEP_KEYS.has(key));
        if (unknown !== undefined) {
            throw new Error(`a step has no key ${unknown}`);
        }
        const kinds = ["call", "stream", "control", "health"].filter((key) => key in step);
        switch (kinds.join()) {
            case "call":
                await this.#counted(step, () => this.#call(step));
                return;
            case "stream":
                await this.#stream(step);
                return;
            case "control":
                await this.#control(step.control as string, step.version as number | undefined);
                return;
            case "health": {
                const health = new HealthClient(this.#channel(step));
                const serves = await health.isServing(step.health as string, { deadlineMs: PATIENCE_MS });
                fits(step.expect as Json, serves, this.#saved);
                return;
            }
            default:
                throw new Error(
                    `a step has one of call, stream, control, health, but this has ${kinds.join()}`,
                );
        }
    }

    async #call(step: Step): Promise<void> {
        const expected = step.expect as JsonObject;
        if (typeof step.concurrent === "number") {
            const outcomes = await Promise.all(
                Array.from({ length: step.concurrent }, (_, n) => this.#outcome(step, n)),
            );
            this.#fitEach(expected.each as JsonObject[], outcomes);
            return;
        }
        const running = this.#outcome(step, 0);
        await this.#meanwhile(step);
        const outcome = await running;
        this.#fitOutcome(expected, outcome);
        if (typeof step.save === "string" && "answer" in outcome) {
            this.#saved.set(step.save, outcome.answer);
        }
    }

    async #outcome(step: Step, n: number): Promise<Outcome> {
        const call = METHODS[step.call as string];
        if (call === undefined) {
            throw new Error(`there is no call ${step.call as string}`);
        }
        const aborting = new AbortController();
        const options = {
            deadlineMs: (step.deadline_ms as number | undefined) ?? PATIENCE_MS,
            signal: aborting.signal,
        };
        if (typeof step.cancel_after_ms === "number") {
            setTimeout(() => {
                aborting.abort();
            }, step.cancel_after_ms);
        }
        const request = build(step.request ?? {}, n, this.#saved);
        return outcomeOf(call(this.#channel(step), request, options));
    }

    async #stream(step: Step): Promise<void> {
        assert.equal(step.stream, "Annotate");
        const requests = (step.requests as Json[]).map((request) =>
            fromJson(proto.AnnotateRequestSchema, build(request, 0, this.#saved)),
        );
        const inFlight = (step.in_flight as number | undefined) ?? 8;
        const take = (step.take as number | undefined) ?? Infinity;
        const answers: Json[] = [];
        const follow = async (): Promise<Json> => {
            const client = new EnvironmentClient(this.#channel(step));
            for await (const answer of client.annotate(requests, { inFlight, deadlineMs: PATIENCE_MS })) {
                answers.push(json(proto.AnnotateResponseSchema, answer));
                if (answers.length === take) {
                    break;
                }
            }
            return null;
        };
        const running = outcomeOf(follow());
        await this.#meanwhile(step);
        const outcome = await running;
        const { answers: wanted, ...rest } = step.expect as JsonObject;
        this.#fitOutcome("status" in rest ? rest : { ...rest, answer: null }, outcome);
        fits(wanted as Json, answers, this.#saved);
    }

    async #meanwhile(step: Step): Promise<void> {
        if (isObject(step.meanwhile)) {
            await pause(step.meanwhile.after_ms as number);
            await this.#control(
                step.meanwhile.control as string,
                step.meanwhile.version as number | undefined,
            );
        }
    }

    async #control(what: string, version: number | undefined): Promise<void> {
        if (!["activate", "cut", "restart", "kill"].includes(what)) {
            throw new Error(`there is no control ${what}`);
        }
        const query = version === undefined ? "" : `?version=${version}`;
        await use(this.#servers.control, `/${this.#kind}/${what}${query}`);
    }

    /** Carries out a step and compares how many calls ended how at the server meanwhile. */
    async #counted(step: Step, work: () => Promise<void>): Promise<void> {
        if (step.attempts === undefined) {
            await work();
            return;
        }
        const name = step.call as string;
        const earlier = await this.#calls(name);
        await work();
        const until = Date.now() + COUNTS_MS;
        for (;;) {
            const now = await this.#calls(name);
            const difference: JsonObject = {};
            for (const code of Object.keys(step.attempts as JsonObject)) {
                difference[code] = (now[code] ?? 0) - (earlier[code] ?? 0);
            }
            const complaint = misfit(step.attempts, difference, this.#saved, "attempts");
            if (complaint === undefined) {
                return;
            }
            if (Date.now() > until) {
                throw new Error(complaint);
            }
            await pause(20);
        }
    }

    async #calls(name: string): Promise<Record<string, number>> {
        const calls = (await use(this.#servers.control, `/${this.#kind}/calls`)) as JsonObject;
        return (calls[name] ?? {}) as Record<string, number>;
    }

    #channel(step: Step): LeaChannel {
        const name = step.server === "nobody" ? "nobody" : this.#kind;
        const maxAttempts = step.retries === false ? 1 : 4;
        const key = `${name} ${maxAttempts}`;
        let channel = this.#channels.get(key);
        if (channel === undefined) {
            channel = LeaChannel.open(this.#servers[name], maxAttempts === 1 ? { maxAttempts } : {});
            this.#channels.set(key, channel);
        }
        return channel;
    }

    #fitOutcome(expected: JsonObject, outcome: Outcome): void {
        const complaint = this.#misfitOutcome(expected, outcome);
        if (complaint !== undefined) {
            throw new Error(complaint);
        }
    }

    #misfitOutcome(expected: JsonObject, outcome: Outcome): string | undefined {
        const keys = Object.keys(expected).join();
        const status = expected.status;
        if (keys !== "answer" && (keys !== "status" || !isObject(status))) {
            throw new Error(`an outcome is an answer or a status, but this is ${keys}`);
        }
        if (!isObject(status)) {
            return "answer" in outcome
                ? misfit(expected.answer as Json, outcome.answer, this.#saved, "answer")
                : `the call failed: ${JSON.stringify(outcome.status)}`;
        }
        const unknown = Object.keys(status).find((key) => !STATUS_KEYS.has(key));
        if (unknown !== undefined) {
            throw new Error(`a status has no ${unknown}`);
        }
        return "status" in outcome
            ? misfit(status, outcome.status, this.#saved, "status")
            : `the call succeeded: ${JSON.stringify(outcome.answer).slice(0, 500)}`;
    }

    #fitEach(wanted: JsonObject[], outcomes: Outcome[]): void {
        const counts = wanted.map(() => 0);
        for (const outcome of outcomes) {
            const i = wanted.findIndex(
                (one) => this.#misfitOutcome(one.outcome as JsonObject, outcome) === undefined,
            );
            if (i < 0) {
                throw new Error(`no expected outcome fits ${JSON.stringify(outcome).slice(0, 500)}`);
            }
            counts[i] = (counts[i] ?? 0) + 1;
        }
        wanted.forEach((one, i) => {
            fits(one.count as Json, counts[i] as number, this.#saved, `count ${i}`);
        });
    }
}

function fits(matcher: Json, actual: Json, saved: ReadonlyMap<string, Json>, at = ""): void {
    const complaint = misfit(matcher, actual, saved, at);
    if (complaint !== undefined) {
        throw new Error(complaint);
    }
}

async function outcomeOf(call: Promise<Json>): Promise<Outcome> {
    try {
        return { answer: await call };
    } catch (error) {
        if (!(error instanceof LeaError)) {
            throw error;
        }
        const { code, reason, metadata, fields, description, retryDelayMs, isTransient } = error;
        return {
            status: {
                code,
                // this side's own reasons are not the contract's
                reason: error.domain === "" ? "" : reason,
                metadata: { ...metadata },
                fields: [...fields],
                message: description,
                retry_delay_ms: retryDelayMs ?? null,
                transient: isTransient,
            },
        };
    }
}

const skip = whyNoServers();
let at: Servers | undefined;

before(async () => {
    at = skip === false ? await servers() : undefined;
});

after(async () => {
    await at?.stop();
});

for (const file of readdirSync(CASES).sort()) {
    const { cases } = parse(readFileSync(CASES + file, "utf8")) as unknown as { cases: Case[] };
    for (const one of cases) {
        test(one.name, { skip }, async () => {
            assert.deepEqual(Object.keys(one).sort(), CASE_KEYS);
            await use((at as Servers).control, `/${one.server}/reset`);
            await using run = new Run(at as Servers, one.server);
            for (const [number, step] of one.steps.entries()) {
                try {
                    await run.step(step);
                } catch (error) {
                    throw new Error(`${one.name}, step ${number}: ${(error as Error).message}`, {
                        cause: error,
                    });
                }
            }
        });
    }
}
