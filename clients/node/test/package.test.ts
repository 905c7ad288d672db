import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { servers, whyNoServers, type Servers } from "./contract.js";

const CLIENT = fileURLToPath(new URL("../../", import.meta.url));
const skip = whyNoServers();

/** A fresh project that has installed the package as npm packs it. */
const project = mkdtempSync(join(tmpdir(), "lea-package-"));
let at: Servers | undefined;

before(async () => {
    if (skip !== false) {
        return;
    }
    at = await servers();
    const packed = ok(
        run(CLIENT, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", project),
    );
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    writeFileSync(join(project, "package.json"), '{"name": "fresh", "private": true}');
    ok(
        run(
            project,
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--prefer-offline",
            join(project, filename),
        ),
    );
});

after(async () => {
    await at?.stop();
    rmSync(project, { recursive: true });
});

function run(folder: string, program: string, ...args: string[]): SpawnSyncReturns<string> {
    const env = { ...process.env, LEA_AGENT: at?.agent, LEA_ENVIRONMENT: at?.environment };
    return spawnSync(program, args, { cwd: folder, encoding: "utf8", env, timeout: 120_000 });
}

function ok(ended: SpawnSyncReturns<string>): SpawnSyncReturns<string> {
    assert.equal(ended.status, 0, `${ended.stdout}${ended.stderr}`);
    return ended;
}

test("readme_examples_areTheFiles", () => {
    ok(run(CLIENT, "node", "test/examples.mjs", "check"));
});

test("package_installed_runsTheFirstExample", { skip }, () => {
    copyFileSync(join(CLIENT, "examples/recommend.mjs"), join(project, "recommend.mjs"));
    const lines = ok(run(project, "node", "recommend.mjs"))
        .stdout.trim()
        .split("\n");
    assert.match(lines[0] ?? "", /^version \d+ recommends to a newcomer:$/);
    assert.equal(lines.length, 6);
    assert.match(lines[4] ?? "", /^after .+: .+, .+, .+$/);
    assert.match(lines[5] ?? "", /^refused: .*no such item/);
});

test("package_installed_typesAndRunsTheBulkExample", { skip }, () => {
    copyFileSync(join(CLIENT, "examples/annotate.ts"), join(project, "annotate.mts"));
    const compilerOptions = {
        strict: true,
        target: "es2022",
        lib: ["es2022", "esnext.disposable"],
        module: "nodenext",
        types: ["node"],
        typeRoots: [join(CLIENT, "node_modules/@types")],
    };
    writeFileSync(
        join(project, "tsconfig.json"),
        JSON.stringify({ compilerOptions, include: ["annotate.mts"] }),
    );
    ok(run(project, "node", join(CLIENT, "node_modules/typescript/bin/tsc")));
    const lines = ok(run(project, "node", "annotate.mjs"))
        .stdout.trim()
        .split("\n");
    assert.equal(lines.length, 3);
    assert.match(
        lines[2] ?? "",
        /^user-2: 4 states, rewards item-1 [01]\.\d\d, item-2 [01]\.\d\d, item-3 [01]\.\d\d$/,
    );
});

test("package_required_isThereToo", { skip }, () => {
    writeFileSync(join(project, "old.cjs"), 'console.log(typeof require("lea-client").LeaChannel.open);');
    assert.equal(ok(run(project, "node", "--no-warnings", "old.cjs")).stdout, "function\n");
});
