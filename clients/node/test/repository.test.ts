import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type {
    sendUnaryData,
    ServerReadableStream,
    ServerUnaryCall,
    ServerWritableStream,
} from "@grpc/grpc-js";
import { LeaError, RepositoryClient } from "../src/index.js";
import { ModelRepositoryService, VersionEventKind, VersionState } from "../src/proto.js";
import type { ActivateVersionRequest, ListVersionsRequest, UploadVersionRequest } from "../src/proto.js";
import { failure, TestServer } from "./servers.js";

const folder = await mkdtemp(join(tmpdir(), "lea-bundle-"));
after(async () => {
    await rm(folder, { recursive: true });
});

const MODEL = Buffer.alloc(600_000, "model");

async function bundle(name: string): Promise<string> {
    const path = join(folder, name);
    await mkdir(path);
    await writeFile(join(path, "manifest.json"), "{}");
    await writeFile(join(path, "model.onnx"), MODEL);
    await writeFile(join(path, "empty"), "");
    return path;
}

/** Keeps what comes; may break off, and then tells where to go on. */
class Repository {
    readonly files = new Map<string, Buffer>();
    requestIds: string[] = [];
    uploads = 0;
    breakAfterChunks = Infinity;
    kept: { fileName: string; offsetBytes: bigint } | undefined;

    get handlers() {
        return {
            resumeUpload: (_call: unknown, answer: sendUnaryData<object>) => {
                if (this.kept === undefined) {
                    answer(failure("NOT_FOUND", "nothing is kept", "UPLOAD_UNKNOWN"));
                } else {
                    answer(null, this.kept);
                }
            },
            uploadVersion: (
                stream: ServerReadableStream<UploadVersionRequest, object>,
                answer: sendUnaryData<object>,
            ) => {
                this.uploads++;
                let chunks = 0;
                stream.on("data", ({ part }: UploadVersionRequest) => {
                    if (part.case === "header") {
                        this.requestIds.push(part.value.requestId);
                    } else if (part.case === "chunk" && chunks < this.breakAfterChunks) {
                        const { fileName, offsetBytes, data } = part.value;
                        const before = this.files.get(fileName) ?? Buffer.alloc(0);
                        assert.equal(Number(offsetBytes), before.length);
                        this.files.set(fileName, Buffer.concat([before, data]));
                        if (++chunks === this.breakAfterChunks) {
                            this.breakAfterChunks = Infinity;
                            this.kept = { fileName, offsetBytes: offsetBytes + BigInt(data.length) };
                            answer(failure("UNAVAILABLE", "going down", "STOPPING"));
                            chunks = Infinity;
                        }
                    }
                });
                stream.on("end", () => {
                    answer(null, { version: { model: { name: "policy", version: 4n } } });
                });
            },
        };
    }
}

test("upload_bundle_sendsEveryByte", async () => {
    const repository = new Repository();
    await using server = await TestServer.start(ModelRepositoryService, repository.handlers);
    const version = await new RepositoryClient(server.channel).upload(await bundle("whole"));
    assert.equal(version.model?.version, 4n);
    assert.equal(repository.files.get("manifest.json")?.toString(), "{}");
    assert.ok(repository.files.get("model.onnx")?.equals(MODEL));
    assert.deepEqual(repository.requestIds, ["bundle-" + createHash("sha256").update("{}").digest("hex")]);
});

test("upload_cut_goesOnWhereItEnded", async () => {
    const repository = new Repository();
    repository.breakAfterChunks = 2;
    await using server = await TestServer.start(ModelRepositoryService, repository.handlers);
    const version = await new RepositoryClient(server.channel).upload(await bundle("cut"), {
        requestId: "mine",
    });
    assert.equal(version.model?.version, 4n);
    assert.ok(repository.files.get("model.onnx")?.equals(MODEL));
    assert.deepEqual(repository.requestIds, ["mine", "mine"]);
});

test("upload_noBundle_saysWhy", async () => {
    const repository = new Repository();
    await using server = await TestServer.start(ModelRepositoryService, repository.handlers);
    const client = new RepositoryClient(server.channel);
    await assert.rejects(
        client.upload(join(folder, "absent")),
        /a bundle is a folder with a manifest.json, but .*absent/,
    );
    const nested = await bundle("nested");
    await mkdir(join(nested, "sub"));
    await assert.rejects(client.upload(nested), /a bundle has only files, but .*sub/);
    const named = await bundle("named");
    await writeFile(join(named, "a b"), "");
    await assert.rejects(client.upload(named), /not 'a b'/);
    assert.equal(repository.uploads, 0);
});

test("list_severalPages_joinsThemAndFindsTheLive", async () => {
    const handlers = {
        listVersions: (call: ServerUnaryCall<ListVersionsRequest, object>, answer: sendUnaryData<object>) => {
            if (call.request.pageToken === "") {
                answer(null, { versions: [{ model: { version: 2n } }], nextPageToken: "more" });
            } else {
                answer(null, { versions: [{ model: { version: 1n }, state: VersionState.LIVE }] });
            }
        },
    };
    await using server = await TestServer.start(ModelRepositoryService, handlers);
    const client = new RepositoryClient(server.channel);
    const versions = await client.list();
    assert.deepEqual(
        versions.map((version) => version.model?.version),
        [2n, 1n],
    );
    assert.equal((await client.live())?.model?.version, 1n);
});

test("activate_numberOrBigint_asksForIt", async () => {
    const asked: bigint[][] = [];
    const handlers = {
        activateVersion: (
            call: ServerUnaryCall<ActivateVersionRequest, object>,
            answer: sendUnaryData<object>,
        ) => {
            asked.push([call.request.version, call.request.expectedLiveVersion]);
            answer(null, {});
        },
    };
    await using server = await TestServer.start(ModelRepositoryService, handlers);
    const client = new RepositoryClient(server.channel);
    await client.activate(7);
    await client.activate(8n, { expectedLive: 7 });
    assert.deepEqual(asked, [
        [7n, 0n],
        [8n, 7n],
    ]);
});

test("watch_events_areGivenUntilTheServerEnds", async () => {
    const handlers = {
        watchVersions: (stream: ServerWritableStream<object, object>) => {
            stream.write({ kind: VersionEventKind.SNAPSHOT });
            stream.write({ kind: VersionEventKind.LIVE, version: 3n });
            stream.end();
        },
    };
    await using server = await TestServer.start(ModelRepositoryService, handlers);
    const kinds: VersionEventKind[] = [];
    await assert.rejects(
        async () => {
            for await (const event of new RepositoryClient(server.channel).watch()) {
                kinds.push(event.kind);
            }
        },
        (error: LeaError) => error.reason === "STREAM_CUT",
    );
    assert.deepEqual(kinds, [VersionEventKind.SNAPSHOT, VersionEventKind.LIVE]);
});
