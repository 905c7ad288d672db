import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { AgentClient, HealthClient, LeaChannel, LeaError, RepositoryClient } from "../src/index.js";
import { AgentService, ModelRepositoryService } from "../src/proto.js";
import type { RecommendRequest, RecommendResponse } from "../src/proto.js";
import { failure, Gate, TestServer } from "./servers.js";

/** Fails its first calls, then answers. */
class FlakyAgent {
    calls = 0;
    readonly #failures: number;
    readonly #failure: ReturnType<typeof failure>;

    constructor(failures: number, how: ReturnType<typeof failure>) {
        this.#failures = failures;
        this.#failure = how;
    }

    get handlers() {
        return {
            recommend: (
                _call: ServerUnaryCall<RecommendRequest, RecommendResponse>,
                answer: sendUnaryData<object>,
            ) => {
                if (++this.calls <= this.#failures) {
                    answer(this.#failure);
                } else {
                    answer(null, {});
                }
            },
        };
    }
}

async function failureOf(work: Promise<unknown>): Promise<LeaError> {
    try {
        await work;
    } catch (error) {
        assert.ok(error instanceof LeaError, String(error));
        return error;
    }
    throw new assert.AssertionError({ message: "the call succeeded" });
}

function recommend(channel: LeaChannel, options?: { signal?: AbortSignal; deadlineMs?: number }) {
    return new AgentClient(channel).recommend({ k: 1 }, options);
}

test("call_refused_carriesReasonMetadataFieldsAndName", async () => {
    const agent = new FlakyAgent(
        1,
        failure("INVALID_ARGUMENT", "k is 0 #é%", "INVALID_FIELD", { field: "k" }),
    );
    await using server = await TestServer.start(AgentService, agent.handlers);
    const error = await failureOf(recommend(server.channel));
    assert.equal(error.code, "INVALID_ARGUMENT");
    assert.equal(error.reason, "INVALID_FIELD");
    assert.equal(error.domain, "lea.dev");
    assert.deepEqual(error.metadata, { bound: "9" });
    assert.deepEqual(error.fieldViolations, [{ field: "k", description: "k is 0 #é%" }]);
    assert.deepEqual(error.fields, ["k"]);
    assert.equal(error.retryDelayMs, undefined);
    assert.equal(
        error.message,
        `Recommend at ${server.endpoint}: INVALID_ARGUMENT (INVALID_FIELD): k is 0 #é%`,
    );
    assert.match(error.stack ?? "", /channel\.test/, "the stack leads to the caller");
    assert.equal(agent.calls, 1);
});

test("call_unavailable_isRepeated", async () => {
    const agent = new FlakyAgent(2, failure("UNAVAILABLE", "starting", "STARTING"));
    await using server = await TestServer.start(AgentService, agent.handlers);
    await recommend(server.channel);
    assert.equal(agent.calls, 3);
});

test("call_unavailableOneAttempt_isNotRepeated", async () => {
    const agent = new FlakyAgent(2, failure("UNAVAILABLE", "starting", "STARTING"));
    await using server = await TestServer.start(AgentService, agent.handlers, { maxAttempts: 1 });
    assert.equal((await failureOf(recommend(server.channel))).isTransient, true);
    assert.equal(agent.calls, 1);
});

test("call_exhaustedWithDelay_isRepeatedAfterIt", async () => {
    const agent = new FlakyAgent(2, failure("RESOURCE_EXHAUSTED", "full", "OVERLOADED", { retryDelayMs: 1 }));
    await using server = await TestServer.start(AgentService, agent.handlers);
    await recommend(server.channel);
    assert.equal(agent.calls, 3);
});

test("call_exhaustedWithoutDelay_isNotRepeated", async () => {
    const agent = new FlakyAgent(1, failure("RESOURCE_EXHAUSTED", "quota", "QUOTA"));
    await using server = await TestServer.start(AgentService, agent.handlers);
    assert.equal((await failureOf(recommend(server.channel))).isTransient, false);
    assert.equal(agent.calls, 1);
});

test("call_exhaustedBeyondTheBudget_isNotRepeatedForEver", async () => {
    const agent = new FlakyAgent(
        1000,
        failure("RESOURCE_EXHAUSTED", "full", "OVERLOADED", { retryDelayMs: 1e-6 }),
    );
    await using server = await TestServer.start(AgentService, agent.handlers);
    for (let i = 0; i < 50; i++) {
        assert.equal((await failureOf(recommend(server.channel))).isTransient, true);
    }
    assert.equal(agent.calls, 60);
});

test("call_neverAnswered_endsAtTheDeadline", async () => {
    await using server = await TestServer.start(
        AgentService,
        { recommend: () => undefined },
        { callDeadlineMs: 50 },
    );
    const error = await failureOf(recommend(server.channel));
    assert.equal(error.code, "DEADLINE_EXCEEDED");
    assert.equal((await failureOf(recommend(server.channel, { deadlineMs: 1 }))).code, "DEADLINE_EXCEEDED");
});

test("call_aborted_isCancelledHereAndThere", async () => {
    const entered = new Gate();
    const left = new Gate();
    const handlers = {
        recommend: (call: ServerUnaryCall<RecommendRequest, RecommendResponse>) => {
            call.on("cancelled", left.open);
            entered.open();
        },
    };
    await using server = await TestServer.start(AgentService, handlers);
    const aborting = new AbortController();
    const ended = failureOf(recommend(server.channel, { signal: aborting.signal }));
    await entered.wait();
    aborting.abort(new Error("enough"));
    const error = await ended;
    assert.equal(error.code, "CANCELLED");
    assert.equal(error.isOutage, false);
    assert.equal((error.cause as Error).message, "enough");
    await left.wait();
    assert.equal((await failureOf(recommend(server.channel, { signal: aborting.signal }))).code, "CANCELLED");
});

test("call_abortedBetweenAttempts_isCancelled", async () => {
    const aborting = new AbortController();
    const handlers = {
        recommend: (_call: unknown, answer: sendUnaryData<object>) => {
            answer(failure("RESOURCE_EXHAUSTED", "full", "OVERLOADED", { retryDelayMs: 900 }));
            setImmediate(() => {
                aborting.abort();
            });
        },
    };
    await using server = await TestServer.start(AgentService, handlers);
    const error = await failureOf(recommend(server.channel, { signal: aborting.signal }));
    assert.equal(error.code, "CANCELLED");
});

test("rollBack_unavailable_isNotRepeated", async () => {
    let calls = 0;
    const handlers = {
        rollBack: (_call: unknown, answer: sendUnaryData<object>) => {
            calls++;
            answer(failure("UNAVAILABLE", "gone", "GONE"));
        },
    };
    await using server = await TestServer.start(ModelRepositoryService, handlers);
    const error = await failureOf(new RepositoryClient(server.channel).rollBack());
    assert.equal(error.reason, "GONE");
    assert.equal(calls, 1);
});

test("call_nobodyThere_namesTheEndpoint", async () => {
    const endpoint = `127.0.0.1:${await freePort()}`;
    await using channel = LeaChannel.open(endpoint);
    const error = await failureOf(recommend(channel));
    assert.equal(error.code, "UNAVAILABLE");
    assert.match(error.message, new RegExp(`^Recommend at ${endpoint}: UNAVAILABLE`));
    const health = new HealthClient(channel);
    assert.equal(await health.isReachable(), false);
    assert.equal(await health.isServing(""), false);
    const late = await failureOf(health.awaitServing("", { deadlineMs: 150 }));
    assert.equal(late.reason, "NOT_SERVING");
});

test("close_whileCallRuns_breaksItOffAfterTheGrace", async () => {
    const entered = new Gate();
    await using server = await TestServer.start(AgentService, { recommend: entered.open });
    const ended = failureOf(recommend(server.channel));
    await entered.wait();
    await server.channel.close();
    assert.equal((await ended).code, "UNAVAILABLE");
    assert.equal((await failureOf(recommend(server.channel))).reason, "CHANNEL_CLOSED");
});

test("close_callAboutToEnd_letsItEnd", async () => {
    const entered = new Gate();
    const handlers = {
        recommend: (_call: unknown, answer: sendUnaryData<object>) => {
            entered.open();
            setImmediate(() => {
                answer(null, {});
            });
        },
    };
    await using server = await TestServer.start(AgentService, handlers);
    const answer = recommend(server.channel);
    await entered.wait();
    await server.channel.close();
    await answer;
});

test("pinned_ownPinOrNone_asksForTheVersion", async () => {
    const asked: (bigint | undefined)[] = [];
    const handlers = {
        recommend: (call: ServerUnaryCall<RecommendRequest, object>, answer: sendUnaryData<object>) => {
            asked.push(call.request.version?.expectedVersion);
            answer(null, {});
        },
    };
    await using server = await TestServer.start(AgentService, handlers);
    const agent = new AgentClient(server.channel);
    await agent.recommend({ k: 1 });
    await agent.pinned(3).recommend({ k: 1 });
    await agent.pinned(3n).recommend({ k: 1, version: { expectedVersion: 4n } });
    assert.deepEqual(asked, [undefined, 3n, 4n]);
});

test("open_badEndpointOrSetting_namesIt", () => {
    for (const endpoint of ["", "host", "host:0", "host:65536", "::1:80", "a b:1", "http://a:1", "a:1/x"]) {
        assert.throws(() => LeaChannel.open(endpoint), {
            name: "RangeError",
            message: new RegExp(`'${endpoint}'`),
        });
    }
    assert.throws(
        () => LeaChannel.open("a:1", { maxAttempts: 6 }),
        /maxAttempts must be .* \[1, 5\] but is 6/,
    );
    assert.throws(() => LeaChannel.open("a:1", { callDeadlineMs: Number.NaN }), /callDeadlineMs/);
    assert.throws(
        () => LeaChannel.open("a:1", { callDeadline: 5 } as object),
        /there is no setting callDeadline;/,
    );
    assert.throws(() => LeaChannel.open("a:1", { tls: { key: "k" } }), /certificate and tls.key/);
});

test("open_ipv6_isTaken", async () => {
    await LeaChannel.open("[::1]:7072").close();
});

async function freePort(): Promise<number> {
    return new Promise((resolve) => {
        const socket = createServer().listen(0, "127.0.0.1", () => {
            const { port } = socket.address() as AddressInfo;
            socket.close(() => {
                resolve(port);
            });
        });
    });
}
