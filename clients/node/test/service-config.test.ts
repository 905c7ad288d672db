import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serviceConfig } from "../src/retry.js";

test("serviceConfig_default_isThatOfAllClients", () => {
    const shared = new URL("../../../contract/service-config.json", import.meta.url);
    assert.deepEqual(serviceConfig(4), JSON.parse(readFileSync(shared, "utf8")));
});

test("serviceConfig_oneAttempt_repeatsNothing", () => {
    assert.deepEqual(serviceConfig(1), {});
});
