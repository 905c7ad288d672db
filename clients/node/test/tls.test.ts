import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import { AgentClient, LeaChannel, type LeaError } from "../src/index.js";
import { AgentService } from "../src/proto.js";
import { TestServer } from "./servers.js";

const folder = mkdtempSync(join(tmpdir(), "lea-tls-"));
after(() => {
    rmSync(folder, { recursive: true });
});
const skip = certificates() ? false : "openssl is not installed";
const handlers = {
    recommend: (_call: unknown, answer: sendUnaryData<object>) => {
        answer(null, {});
    },
};

function openssl(...args: string[]): boolean {
    return spawnSync("openssl", args, { cwd: folder }).status === 0;
}

/** An authority, and what it signed for a server named lea.test and for a client. */
function certificates(): boolean {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2"];
    return (
        openssl(
            "req",
            "-x509",
            ...key,
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-subj",
            "/CN=authority",
            "-days",
            "2",
        ) &&
        ["server", "client"].every((name) =>
            openssl(
                ...["req", "-x509", ...key, ...sign, "-keyout", `${name}.key`, "-out", `${name}.pem`],
                ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:lea.test"],
                ...["-addext", "basicConstraints=critical,CA:FALSE"],
            ),
        )
    );
}

function read(name: string): Buffer {
    return readFileSync(join(folder, name));
}

function serverCredentials(askForClient: boolean): ServerCredentials {
    const pair = { private_key: read("server.key"), cert_chain: read("server.pem") };
    return ServerCredentials.createSsl(read("ca.pem"), [pair], askForClient);
}

test("tls_trustedAuthority_isServed", { skip }, async () => {
    const tls = { ca: read("ca.pem"), serverName: "lea.test" };
    await using server = await TestServer.start(AgentService, handlers, { tls }, serverCredentials(false));
    await new AgentClient(server.channel).recommend({ k: 1 });
});

test("tls_unknownAuthority_isUnavailable", { skip }, async () => {
    const options = { tls: { serverName: "lea.test" }, maxAttempts: 1 };
    await using server = await TestServer.start(AgentService, handlers, options, serverCredentials(false));
    await assert.rejects(
        new AgentClient(server.channel).recommend({ k: 1 }),
        (error: LeaError) => error.code === "UNAVAILABLE" && /certificate/i.test(error.message),
    );
});

test("tls_otherName_isUnavailable", { skip }, async () => {
    const options = { tls: { ca: read("ca.pem") }, maxAttempts: 1 };
    await using server = await TestServer.start(AgentService, handlers, options, serverCredentials(false));
    await assert.rejects(
        new AgentClient(server.channel).recommend({ k: 1 }),
        (error: LeaError) => error.code === "UNAVAILABLE",
    );
});

test("mtls_withAndWithoutCertificate_isServedOrNot", { skip }, async () => {
    const authority = { ca: read("ca.pem").toString(), serverName: "lea.test" };
    const tls = { ...authority, certificate: read("client.pem"), key: read("client.key").toString() };
    await using server = await TestServer.start(AgentService, handlers, { tls }, serverCredentials(true));
    await new AgentClient(server.channel).recommend({ k: 1 });
    await using stranger = LeaChannel.open(server.endpoint, { tls: authority, maxAttempts: 1 });
    await assert.rejects(
        new AgentClient(stranger).recommend({ k: 1 }),
        (error: LeaError) => error.code === "UNAVAILABLE",
    );
});
