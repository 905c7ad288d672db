import assert from "node:assert/strict";
import { test } from "node:test";
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { LeaError, TrainerClient } from "../src/index.js";
import { RunState, TrainerService } from "../src/proto.js";
import type { CreateRunRequest, ListRunsRequest, WatchRunRequest } from "../src/proto.js";
import { failure, TestServer } from "./servers.js";

type WatchStream = ServerWritableStream<WatchRunRequest, object>;

/** Each connection does what the next of these says. */
function watched(...connections: ((stream: WatchStream) => void)[]) {
    const seen = { connections: 0 };
    const watchRun = (stream: WatchStream) =>
        connections[Math.min(seen.connections++, connections.length - 1)]?.(stream);
    return { seen, handlers: { watchRun } };
}

function tell(stream: WatchStream, state: RunState): void {
    stream.write({ run: { runId: stream.request.runId, state } });
}

async function statesOf(client: TrainerClient): Promise<RunState[]> {
    const states: RunState[] = [];
    for await (const run of client.watch("r")) {
        states.push(run.state);
    }
    return states;
}

test("create_repeated_keepsItsId", async () => {
    const ids: string[] = [];
    const handlers = {
        createRun: (call: ServerUnaryCall<CreateRunRequest, object>, answer: sendUnaryData<object>) => {
            ids.push(call.request.requestId);
            if (ids.length === 1) {
                answer(failure("UNAVAILABLE", "starting", "STARTING"));
            } else {
                answer(null, { run: { runId: "r", spec: call.request.spec } });
            }
        },
    };
    await using server = await TestServer.start(TrainerService, handlers);
    const client = new TrainerClient(server.channel);
    const run = await client.create({ dataPath: "/data", seed: 7n });
    assert.equal(run.spec?.dataPath, "/data");
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
    await client.create({ dataPath: "/data" }, { requestId: "mine" });
    assert.equal(ids[2], "mine");
});

test("list_severalPages_joinsThem", async () => {
    const handlers = {
        listRuns: (call: ServerUnaryCall<ListRunsRequest, object>, answer: sendUnaryData<object>) => {
            const page = call.request.pageToken;
            answer(null, { runs: [{ runId: `r${page}` }], nextPageToken: page === "" ? "2" : "" });
        },
    };
    await using server = await TestServer.start(TrainerService, handlers);
    const runs = await new TrainerClient(server.channel).list();
    assert.deepEqual(
        runs.map((run) => run.runId),
        ["r", "r2"],
    );
});

test("watch_runEnds_givesEveryStateAndEnds", async () => {
    const { seen, handlers } = watched((stream) => {
        tell(stream, RunState.RUNNING);
        tell(stream, RunState.SUCCEEDED);
    });
    await using server = await TestServer.start(TrainerService, handlers);
    assert.deepEqual(await statesOf(new TrainerClient(server.channel)), [
        RunState.RUNNING,
        RunState.SUCCEEDED,
    ]);
    assert.equal(seen.connections, 1);
});

test("watch_connectionLost_isMadeAgain", async () => {
    const { seen, handlers } = watched(
        (stream) => {
            tell(stream, RunState.RUNNING);
            stream.emit("error", failure("UNAVAILABLE", "gone", "GONE"));
        },
        (stream) => {
            tell(stream, RunState.FAILED);
        },
    );
    await using server = await TestServer.start(TrainerService, handlers);
    const states = await statesOf(new TrainerClient(server.channel));
    assert.equal(states.at(-1), RunState.FAILED);
    assert.equal(seen.connections, 2);
});

test("watch_unknownRun_failsAtOnce", async () => {
    const { seen, handlers } = watched((stream) => {
        stream.emit("error", failure("NOT_FOUND", "no such run", "RUN_UNKNOWN"));
    });
    await using server = await TestServer.start(TrainerService, handlers);
    await assert.rejects(
        statesOf(new TrainerClient(server.channel)),
        (error: LeaError) => error.reason === "RUN_UNKNOWN",
    );
    assert.equal(seen.connections, 1);
});
