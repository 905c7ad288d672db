import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

/** The repository's top. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

const LEA = ROOT + "lea";

/** What JSON holds. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type JsonObject = Record<string, Json>;

/** Where the servers of the contract are. */
export interface Servers {
    readonly control: string;
    readonly agent: string;
    readonly environment: string;
    readonly nobody: string;
    stop(): Promise<void>;
}

/** Why the servers cannot be started here; false where they can. */
export function whyNoServers(): string | false {
    if ((process.env.LEA_CONTRACT ?? "") !== "" || spawnSync(LEA, ["jdk"]).status === 0) {
        return false;
    }
    return "the contract's servers need a JDK, and ./lea jdk finds none";
}

/** Those that `LEA_CONTRACT` names, else new ones. */
export async function servers(): Promise<Servers> {
    const control = process.env.LEA_CONTRACT;
    if (control !== undefined && control !== "") {
        const line = (await (await fetch(new URL("/", control))).json()) as Omit<Servers, "stop">;
        return { ...line, stop: () => Promise.resolve() };
    }
    const program = spawn(LEA, ["contract"], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(program, "exit");
    for await (const line of createInterface(program.stdout)) {
        const stop = async () => {
            program.stdin.end();
            await ended;
        };
        return { ...(JSON.parse(line) as Omit<Servers, "stop">), stop };
    }
    throw new Error("./lea contract ended before it served; its log is above");
}

/** Uses the control: `path` with its query. */
export async function use(control: string, path: string): Promise<Json> {
    const answer = await fetch(new URL(path, control), { method: "POST" });
    const text = await answer.text();
    if (!answer.ok) {
        throw new Error(`the control refused ${path}: ${answer.status} ${text}`);
    }
    return parse(text);
}

/** Reads JSON; a whole number that JavaScript cannot hold exactly becomes a string, as in proto JSON. */
export function parse(text: string): Json {
    return JSON.parse(text.replace(/(?<=[:[,]\s*)\d{16,}(?=\s*[,}\]])/g, '"$&"')) as Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What was saved under `name`, then along the rest of the path. */
function saved(path: string, store: ReadonlyMap<string, Json>): Json {
    const [name = "", ...rest] = path.split(".");
    let value = store.get(name);
    for (const key of rest) {
        value = Array.isArray(value) ? value[Number(key)] : isObject(value) ? value[key] : undefined;
    }
    if (value === undefined) {
        throw new Error(`nothing is saved as ${path}`);
    }
    return value;
}

/** A request with its builders carried out and `{n}` replaced. */
export function build(value: Json, n: number, store: ReadonlyMap<string, Json>): Json {
    if (typeof value === "string") {
        return value.replaceAll("{n}", String(n));
    }
    if (Array.isArray(value)) {
        return value.map((element) => build(element, n, store));
    }
    if (!isObject(value)) {
        return value;
    }
    const builder = Object.keys(value).find((key) => key.startsWith("$"));
    switch (builder) {
        case undefined:
            return Object.fromEntries(
                Object.entries(value).map(([key, field]) => [key, build(field, n, store)]),
            );
        case "$repeat":
            return Array.from({ length: value.$times as number }, () =>
                build(value.$repeat as Json, n, store),
            );
        case "$times":
            return build({ $repeat: value.$repeat as Json, $times: value.$times as Json }, n, store);
        case "$items": {
            const [from, to] = value.$items as [number, number];
            return Array.from({ length: to - from }, (_, i) => `item-${from + i}`);
        }
        case "$join":
            return (value.$join as Json[]).flatMap((list) => build(list, n, store) as Json[]);
        case "$saved":
            return saved(value.$saved as string, store);
        default:
            throw new Error(`there is no builder ${builder}`);
    }
}

/**
 * Holds an answer against a matcher.
 *
 * @returns where and why it does not fit; nothing if it does
 */
export function misfit(
    matcher: Json,
    actual: Json | undefined,
    store: ReadonlyMap<string, Json>,
    at = "",
): string | undefined {
    const complaint = () => `${at === "" ? "it" : at} is ${show(actual)}, not ${show(matcher)}`;
    if (Array.isArray(matcher)) {
        if (!Array.isArray(actual)) {
            return complaint();
        }
        if (actual.length !== matcher.length) {
            return `${at} has ${actual.length} elements, not ${matcher.length}: ${show(actual)}`;
        }
        return first(matcher.map((element, i) => () => misfit(element, actual[i], store, `${at}[${i}]`)));
    }
    if (isObject(matcher)) {
        const keys = Object.keys(matcher);
        if (keys.some((key) => key.startsWith("$"))) {
            return first(keys.map((key) => () => operator(key, matcher, actual, store, at)));
        }
        if (!isObject(actual)) {
            return complaint();
        }
        return first(
            Object.entries(matcher).map(
                ([key, field]) =>
                    () =>
                        misfit(field, own(actual, key), store, `${at}.${key}`),
            ),
        );
    }
    if (typeof matcher === "number") {
        return numberOf(actual) === matcher ? undefined : complaint();
    }
    return actual === matcher ? undefined : complaint();
}

function operator(
    key: string,
    matcher: JsonObject,
    actual: Json | undefined,
    store: ReadonlyMap<string, Json>,
    at: string,
): string | undefined {
    const operand = matcher[key] as Json;
    const says = (fits: boolean) => (fits ? undefined : `${at} is ${show(actual)}, not ${show(matcher)}`);
    switch (key) {
        case "$close":
            return says(
                Math.abs(numberOf(actual) - (operand as number)) <=
                    ((matcher.$within as number | undefined) ?? 1e-4),
            );
        case "$within":
            return says("$close" in matcher);
        case "$least":
            return says(numberOf(actual) >= (operand as number));
        case "$most":
            return says(numberOf(actual) <= (operand as number));
        case "$size":
            return typeof actual === "string" || Array.isArray(actual)
                ? misfit(operand, Array.from(actual as ArrayLike<Json>).length, store, `size of ${at}`)
                : says(false);
        case "$each":
            return Array.isArray(actual)
                ? first(actual.map((element, i) => () => misfit(operand, element, store, `${at}[${i}]`)))
                : says(false);
        case "$contains":
            return typeof actual === "string"
                ? says(actual.includes(operand as string))
                : says(Array.isArray(actual) && actual.some((e) => misfit(operand, e, store) === undefined));
        case "$saved":
            return says(isDeepStrictEqual(actual, saved(operand as string, store)));
        case "$not":
            return says(misfit(operand, actual, store) !== undefined);
        default:
            throw new Error(`there is no matcher ${key}`);
    }
}

/** A number, or what a string holds of one; NaN for anything else. */
function numberOf(value: Json | undefined): number {
    return typeof value === "number"
        ? value
        : typeof value === "string" && value !== ""
          ? Number(value)
          : NaN;
}

function own(object: JsonObject, key: string): Json | undefined {
    return Object.hasOwn(object, key) ? object[key] : undefined;
}

function first(checks: (() => string | undefined)[]): string | undefined {
    for (const check of checks) {
        const complaint = check();
        if (complaint !== undefined) {
            return complaint;
        }
    }
    return undefined;
}

function show(value: Json | undefined): string {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? "absent" : text.length > 500 ? text.slice(0, 500) + "..." : text;
}
