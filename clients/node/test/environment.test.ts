import assert from "node:assert/strict";
import { test } from "node:test";
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall } from "@grpc/grpc-js";
import { EnvironmentClient, LeaError, rows } from "../src/index.js";
import { create, EmbeddingsSchema, EnvironmentService } from "../src/proto.js";
import type {
    AnnotateRequest,
    AnnotateResponse,
    GetStatesRequest,
    ScoreActionsRequest,
} from "../src/proto.js";
import { failure, Gate, TestServer } from "./servers.js";

type AnnotateStream = ServerDuplexStream<AnnotateRequest, object>;

/** Answers each sequence with its name, and counts those that came. */
function echo(onRequest: (count: number, stream: AnnotateStream) => void = () => undefined) {
    const seen = { count: 0, cancelled: new Gate() };
    const annotate = (stream: AnnotateStream) => {
        stream.on("cancelled", seen.cancelled.open);
        stream.on("data", (request: AnnotateRequest) => {
            seen.count++;
            stream.write({ sequenceId: request.sequenceId });
            onRequest(seen.count, stream);
        });
        stream.on("end", () => stream.end());
    };
    return { seen, handlers: { annotate } };
}

function* sequences(count: number) {
    for (let i = 0; i < count; i++) {
        yield { sequenceId: `s${i}`, itemIds: ["a"] };
    }
}

async function collected(answers: AsyncIterable<AnnotateResponse>): Promise<string[]> {
    const ids: string[] = [];
    for await (const answer of answers) {
        ids.push(answer.sequenceId);
    }
    return ids;
}

test("annotate_manySequences_answersInOrder", async () => {
    const { handlers } = echo();
    await using server = await TestServer.start(EnvironmentService, handlers);
    const ids = await collected(new EnvironmentClient(server.channel).annotate(sequences(500)));
    assert.deepEqual(
        ids,
        Array.from({ length: 500 }, (_, i) => `s${i}`),
    );
});

test("annotate_noSequences_endsAtOnce", async () => {
    const { handlers } = echo();
    await using server = await TestServer.start(EnvironmentService, handlers);
    assert.deepEqual(await collected(new EnvironmentClient(server.channel).annotate([])), []);
});

test("annotate_slowConsumer_drawsNoMoreThanInFlight", async () => {
    const { handlers } = echo();
    await using server = await TestServer.start(EnvironmentService, handlers);
    let drawn = 0;
    function* counted() {
        for (const request of sequences(50)) {
            drawn++;
            yield request;
        }
    }
    let taken = 0;
    for await (const answer of new EnvironmentClient(server.channel).annotate(counted(), { inFlight: 3 })) {
        assert.equal(answer.sequenceId, `s${taken}`);
        assert.ok(drawn - taken <= 3, `${drawn} drawn and ${taken} taken`);
        taken++;
    }
    assert.equal(drawn, 50);
});

test("annotate_consumerLeaves_cancelsTheCallAndTheSource", async () => {
    const { seen, handlers } = echo();
    await using server = await TestServer.start(EnvironmentService, handlers);
    const sourceLeft = new Gate();
    function* endless() {
        try {
            for (;;) {
                yield { sequenceId: "s", itemIds: ["a"] };
            }
        } finally {
            sourceLeft.open();
        }
    }
    for await (const answer of new EnvironmentClient(server.channel).annotate(endless(), { inFlight: 2 })) {
        assert.equal(answer.sequenceId, "s");
        break;
    }
    await sourceLeft.wait();
    await seen.cancelled.wait();
    assert.ok(seen.count <= 3);
});

test("annotate_sourceFails_failsWithItsError", async () => {
    const arrived = new Gate();
    const { seen, handlers } = echo(arrived.open);
    await using server = await TestServer.start(EnvironmentService, handlers);
    async function* broken() {
        yield* sequences(2);
        await arrived.wait();
        throw new Error("the disk is gone");
    }
    const answers = new EnvironmentClient(server.channel).annotate(broken(), { inFlight: 8 });
    await assert.rejects(collected(answers), /the disk is gone/);
    await seen.cancelled.wait();
});

test("annotate_slowSource_isWaitedForBeyondTheIdleTimeout", async () => {
    const { handlers } = echo();
    await using server = await TestServer.start(EnvironmentService, handlers, { idleTimeoutMs: 50 });
    async function* slow() {
        yield* sequences(1);
        await new Promise((resolve) => setTimeout(resolve, 120));
        yield { sequenceId: "late", itemIds: ["a"] };
    }
    assert.deepEqual(await collected(new EnvironmentClient(server.channel).annotate(slow())), ["s0", "late"]);
});

test("annotate_serverSilent_failsAfterTheIdleTimeout", async () => {
    const handlers = { annotate: (stream: AnnotateStream) => stream.resume() };
    await using server = await TestServer.start(EnvironmentService, handlers, { idleTimeoutMs: 50 });
    const answers = new EnvironmentClient(server.channel).annotate(sequences(1));
    await assert.rejects(collected(answers), (error: LeaError) => {
        assert.equal(error.reason, "STREAM_IDLE");
        assert.equal(error.code, "DEADLINE_EXCEEDED");
        assert.equal(error.isOutage, true);
        return true;
    });
});

test("annotate_serverFails_givesTheAnswersBefore", async () => {
    const { handlers } = echo((count, stream) => {
        if (count === 3) {
            stream.emit("error", failure("INVALID_ARGUMENT", "no such item", "UNKNOWN_ITEM"));
        }
    });
    await using server = await TestServer.start(EnvironmentService, handlers);
    const ids: string[] = [];
    await assert.rejects(
        async () => {
            for await (const answer of new EnvironmentClient(server.channel).annotate(sequences(9), {
                inFlight: 1,
            })) {
                ids.push(answer.sequenceId);
            }
        },
        (error: LeaError) => error.reason === "UNKNOWN_ITEM",
    );
    assert.deepEqual(ids.slice(0, 2), ["s0", "s1"]);
});

test("annotate_serverEndsEarly_isCut", async () => {
    const { handlers } = echo((_count, stream) => stream.end());
    await using server = await TestServer.start(EnvironmentService, handlers);
    const answers = new EnvironmentClient(server.channel).annotate(sequences(9), { inFlight: 2 });
    await assert.rejects(collected(answers), (error: LeaError) => error.reason === "STREAM_CUT");
});

test("annotate_aborted_isCancelled", async () => {
    const aborting = new AbortController();
    const { seen, handlers } = echo(() => {
        aborting.abort();
    });
    await using server = await TestServer.start(EnvironmentService, handlers);
    const answers = new EnvironmentClient(server.channel).annotate(sequences(1000), {
        signal: aborting.signal,
    });
    await assert.rejects(collected(answers), (error: LeaError) => error.code === "CANCELLED");
    await seen.cancelled.wait();
});

test("annotate_inFlightOutOfRange_isRefused", async () => {
    const { handlers } = echo();
    await using server = await TestServer.start(EnvironmentService, handlers);
    const client = new EnvironmentClient(server.channel);
    await assert.rejects(collected(client.annotate([], { inFlight: 0 })), /inFlight .* \[1, 1024\] but is 0/);
});

test("annotate_pinned_asksForTheVersion", async () => {
    const asked: unknown[] = [];
    const handlers = {
        annotate: (stream: AnnotateStream) => {
            stream.on("data", (request: AnnotateRequest) => {
                asked.push(request.version?.expectedVersion);
                stream.write({});
            });
            stream.on("end", () => stream.end());
        },
    };
    await using server = await TestServer.start(EnvironmentService, handlers);
    await collected(new EnvironmentClient(server.channel).pinned(2).annotate(sequences(1)));
    assert.deepEqual(asked, [2n]);
});

test("scoresOf_manyQueries_answersInOrderInFewCalls", async () => {
    const sizes: number[] = [];
    const handlers = {
        scoreActions: (call: ServerUnaryCall<ScoreActionsRequest, object>, answer: sendUnaryData<object>) => {
            sizes.push(call.request.queries.length);
            const results = call.request.queries.map((query) => ({
                rewards: query.candidateItemIds.map((itemId) => ({ itemId, reward: 0.5 })),
            }));
            answer(null, { model: { name: "environment", version: 1n }, results });
        },
    };
    await using server = await TestServer.start(EnvironmentService, handlers);
    const queries = Array.from({ length: 25 }, (_, i) => ({ candidateItemIds: [`i${i}`] }));
    const ids: string[] = [];
    const options = { batchSize: 10, concurrency: 3 };
    for await (const { model, result } of new EnvironmentClient(server.channel).scoresOf(
        queries,
        {},
        options,
    )) {
        assert.equal(model.version, 1n);
        ids.push(result.rewards[0]?.itemId ?? "");
    }
    assert.deepEqual(
        ids,
        queries.map((query) => query.candidateItemIds[0]),
    );
    assert.deepEqual(sizes, [10, 10, 5]);
});

test("statesOf_answerTooLarge_isAskedInHalves", async () => {
    const sizes: number[] = [];
    const handlers = {
        getStates: (call: ServerUnaryCall<GetStatesRequest, object>, answer: sendUnaryData<object>) => {
            const { queries } = call.request;
            sizes.push(queries.length);
            if (queries.length > 2) {
                answer(failure("INVALID_ARGUMENT", "too large", "ANSWER_TOO_LARGE"));
            } else {
                const results = queries.map((query) => ({ skippedItemIds: query.historyItemIds }));
                answer(null, { model: {}, results });
            }
        },
    };
    await using server = await TestServer.start(EnvironmentService, handlers);
    const queries = ["a", "b", "c", "d", "e"].map((id) => ({ historyItemIds: [id] }));
    const ids: string[] = [];
    for await (const { result } of new EnvironmentClient(server.channel).statesOf(queries)) {
        ids.push(...result.skippedItemIds);
    }
    assert.deepEqual(ids, ["a", "b", "c", "d", "e"]);
    assert.deepEqual(sizes, [5, 3, 2, 1, 2]);
});

test("rows_packedOrValues_areTheSame", () => {
    const packed = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
    const expected = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
    assert.deepEqual(rows(create(EmbeddingsSchema, { count: 2, dimension: 3, packed })), expected);
    const values = [1, 2, 3, 4, 5, 6];
    assert.deepEqual(rows(create(EmbeddingsSchema, { count: 2, dimension: 3, values })), expected);
    assert.throws(
        () => rows(create(EmbeddingsSchema, { count: 2, dimension: 4, values })),
        /2 x 4 .* 6 numbers/,
    );
});
