import assert from "node:assert/strict";
import { test } from "node:test";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { AgentClient, type LeaError } from "../src/index.js";
import { AgentService, type RecommendRequest } from "../src/proto.js";
import { failure, Gate, TestServer } from "./servers.js";

type Call = ServerUnaryCall<RecommendRequest, object>;

function* requests(count: number, drawn = { count: 0 }) {
    for (let k = 1; k <= count; k++) {
        drawn.count++;
        yield { k };
    }
}

/** Answers with k, the later of two calls first. */
function backwards() {
    let held: (() => void) | undefined;
    return {
        recommend: (call: Call, answer: sendUnaryData<object>) => {
            const give = () => {
                answer(null, { items: [{ itemId: String(call.request.k) }] });
            };
            if (held === undefined) {
                held = give;
            } else {
                give();
                held();
                held = undefined;
            }
        },
    };
}

test("recommendAll_answersOutOfOrder_givesThemInOrderAndDrawsNoMoreThanAllowed", async () => {
    await using server = await TestServer.start(AgentService, backwards());
    const drawn = { count: 0 };
    let taken = 0;
    const answers = new AgentClient(server.channel).recommendAll(requests(20, drawn), { concurrency: 2 });
    for await (const answer of answers) {
        taken++;
        assert.equal(answer.items[0]?.itemId, String(taken));
        assert.ok(drawn.count <= taken + 2, `${drawn.count} drawn and ${taken} taken`);
    }
    assert.equal(taken, 20);
});

test("recommendAll_consumerLeaves_abortsWhatIsUnderWay", async () => {
    const aborted = new Gate();
    const handlers = {
        recommend: (call: Call, answer: sendUnaryData<object>) => {
            if (call.request.k === 1) {
                answer(null, {});
            } else {
                call.on("cancelled", aborted.open);
            }
        },
    };
    await using server = await TestServer.start(AgentService, handlers);
    for await (const answer of new AgentClient(server.channel).recommendAll(requests(9), {
        concurrency: 2,
    })) {
        assert.equal(answer.items.length, 0);
        break;
    }
    await aborted.wait();
});

test("recommendAll_oneFails_failsWithItsErrorInItsTurn", async () => {
    const handlers = {
        recommend: (call: Call, answer: sendUnaryData<object>) => {
            if (call.request.k === 3) {
                answer(failure("INVALID_ARGUMENT", "no", "NO"));
            } else {
                answer(null, {});
            }
        },
    };
    await using server = await TestServer.start(AgentService, handlers);
    let taken = 0;
    await assert.rejects(
        async () => {
            for await (const answer of new AgentClient(server.channel).recommendAll(requests(9))) {
                assert.equal(answer.items.length, 0);
                taken++;
            }
        },
        (error: LeaError) => error.reason === "NO",
    );
    assert.equal(taken, 2);
});

test("recommendAll_concurrencyOutOfRange_isRefused", async () => {
    await using server = await TestServer.start(AgentService, backwards());
    const answers = new AgentClient(server.channel).recommendAll([], { concurrency: 2000 });
    await assert.rejects(answers.next(), /concurrency must be a whole number in \[1, 1024\] but is 2000/);
});
