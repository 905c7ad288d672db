import { open } from "node:fs/promises";
import { join } from "node:path";
import { readBundle, type BundleFile } from "./bundle.js";
import type { CallOptions, LeaChannel } from "./channel.js";
import { LeaError } from "./errors.js";
import {
    ModelRepositoryService,
    VersionState,
    type ActivateVersionResponse,
    type Aliases,
    type ResumeUploadResponse,
    type RollBackResponse,
    type ShadowComparison,
    type Version,
    type WatchVersionsResponse,
    type UploadVersionRequestSchema,
    type UploadVersionResponseSchema,
} from "./gen/lea/repository/v1/repository_pb.js";
import type { VersionNumber } from "./pin.js";
import type { StreamCall } from "./stream.js";
import { pause } from "./time.js";

const CHUNK_BYTES = 256 << 10;
const PAUSE_MS = 100;
const LONGEST = 4; // doublings of the pause
const WATCH_MS = 24 * 60 * 60 * 1000;

type UploadStream = StreamCall<typeof UploadVersionRequestSchema, typeof UploadVersionResponseSchema>;

/**
 * Brings versions to a server and says which of them is live; the same for env-server and agent-server.
 *
 * Every method fails with a LeaError when its call failed.
 */
export class RepositoryClient {
    readonly #channel: LeaChannel;

    constructor(channel: LeaChannel) {
        this.#channel = channel;
    }

    /**
     * Uploads a bundle; it is kept, not activated. A bundle that the server already keeps is answered with the
     * version it has. An upload that is cut goes on where it ended, in this call as long as the server comes back
     * within the patience for slow calls, or in a later one.
     *
     * @param folder with `manifest.json` and the files beside it
     * @param options `requestId`, 1 to 128 characters: the same id makes a second upload answer as the first did;
     *     unset: the manifest's hash. The deadline does not count here, the idle timeout does
     * @throws RangeError if the folder is not a bundle
     */
    async upload(
        folder: string,
        options: Omit<CallOptions, "deadlineMs"> & { readonly requestId?: string } = {},
    ): Promise<Version> {
        const { signal } = options;
        const files = await readBundle(folder, signal);
        const requestId = options.requestId ?? `bundle-${files[0]?.sha256 ?? ""}`;
        const { slowCallDeadlineMs, maxAttempts } = this.#channel.settings;
        let heard: number | undefined;
        for (let attempt = 0; ; attempt++) {
            let reached = false;
            try {
                const kept = await this.#resume(requestId, signal);
                reached = true;
                return kept?.version ?? (await this.#upload(folder, files, requestId, kept, signal));
            } catch (error) {
                const now = performance.now();
                if (reached) {
                    heard = now;
                    attempt = Math.min(attempt, 1);
                }
                const patient = heard !== undefined && now - heard < slowCallDeadlineMs;
                if (!(error instanceof LeaError) || !error.isOutage || !patient || maxAttempts === 1) {
                    throw error;
                }
                await pause(PAUSE_MS * 2 ** Math.min(attempt, LONGEST) * (1 + Math.random() / 5), signal);
            }
        }
    }

    /** All versions kept there, newest first. */
    async list(options?: CallOptions): Promise<Version[]> {
        const versions: Version[] = [];
        let pageToken = "";
        do {
            const page = await this.#channel.call(
                ModelRepositoryService.method.listVersions,
                { pageToken },
                options,
            );
            versions.push(...page.versions);
            pageToken = page.nextPageToken;
        } while (pageToken !== "");
        return versions;
    }

    /** The version that answers calls, if there is one. */
    async live(options?: CallOptions): Promise<Version | undefined> {
        return (await this.list(options)).find((version) => version.state === VersionState.LIVE);
    }

    /**
     * Makes a version live; returns when new calls are served by it.
     *
     * @param options `expectedLive`: the version that must be live before; unset: whatever is
     */
    activate(
        version: VersionNumber,
        options: CallOptions & { readonly expectedLive?: VersionNumber } = {},
    ): Promise<ActivateVersionResponse> {
        const { expectedLive = 0, ...call } = options;
        const request = { version: BigInt(version), expectedLiveVersion: BigInt(expectedLive) };
        return this.#channel.call(ModelRepositoryService.method.activateVersion, request, call, this.#slow);
    }

    /** Makes the version before the live one live again. Never repeated by itself. */
    rollBack(options?: CallOptions): Promise<RollBackResponse> {
        return this.#channel.call(ModelRepositoryService.method.rollBack, {}, options, this.#slow);
    }

    /** Deletes a version that is of no use any more. Never repeated by itself. */
    async delete(version: VersionNumber, options?: CallOptions): Promise<void> {
        const request = { version: BigInt(version) };
        await this.#channel.call(ModelRepositoryService.method.deleteVersion, request, options);
    }

    /** Which versions answer. */
    async aliases(options?: CallOptions): Promise<Aliases> {
        const answer = await this.#channel.call(ModelRepositoryService.method.getAliases, {}, options);
        return answer.aliases as Aliases;
    }

    /**
     * Lets a version answer a share of the calls.
     *
     * @param version 0 for no canary, whose share is 0
     * @param share 0 to 1
     */
    async setCanary(version: VersionNumber, share: number, options?: CallOptions): Promise<Aliases> {
        const request = { version: BigInt(version), share };
        const method = ModelRepositoryService.method.setCanary;
        return (await this.#channel.call(method, request, options, this.#slow)).aliases as Aliases;
    }

    /**
     * Lets a version be asked beside the one that answers.
     *
     * @param version 0 for no shadow
     */
    async setShadow(version: VersionNumber, options?: CallOptions): Promise<Aliases> {
        const request = { version: BigInt(version) };
        const method = ModelRepositoryService.method.setShadow;
        return (await this.#channel.call(method, request, options, this.#slow)).aliases as Aliases;
    }

    /** How the shadow's answers differ from those that were given. */
    async shadowReport(options?: CallOptions): Promise<ShadowComparison[]> {
        const answer = await this.#channel.call(ModelRepositoryService.method.getShadowReport, {}, options);
        return answer.comparisons;
    }

    /** Follows what happens to the versions, the present state first, for at most a day of silence. */
    async *watch(options?: CallOptions): AsyncGenerator<WatchVersionsResponse, never, undefined> {
        const stream = this.#channel.stream(ModelRepositoryService.method.watchVersions, options);
        try {
            stream.send({});
            stream.finish();
            for (;;) {
                yield (await stream.next(() => WATCH_MS)) ?? noAnswer(stream, "watch");
            }
        } finally {
            stream.close();
        }
    }

    get #slow(): number {
        return this.#channel.settings.slowCallDeadlineMs;
    }

    /** Where an upload goes on; nothing if the server knows nothing of it. */
    async #resume(
        requestId: string,
        signal: AbortSignal | undefined,
    ): Promise<ResumeUploadResponse | undefined> {
        try {
            return await this.#channel.call(
                ModelRepositoryService.method.resumeUpload,
                { requestId },
                { signal },
            );
        } catch (error) {
            if (error instanceof LeaError && (error.code === "NOT_FOUND" || error.code === "UNIMPLEMENTED")) {
                return undefined;
            }
            throw error;
        }
    }

    async #upload(
        folder: string,
        files: BundleFile[],
        requestId: string,
        from: ResumeUploadResponse | undefined,
        signal: AbortSignal | undefined,
    ): Promise<Version> {
        const stream = this.#channel.stream(ModelRepositoryService.method.uploadVersion, { signal });
        try {
            stream.send({ part: { case: "header", value: { files, requestId } } });
            if (await this.#sendFiles(folder, files, from, stream)) {
                stream.finish();
            }
            const answer = (await stream.next(() => this.#slow)) ?? noAnswer(stream, "upload");
            return answer.version as Version;
        } finally {
            stream.close();
        }
    }

    /** @returns false when the server ended the call before everything was sent */
    async #sendFiles(
        folder: string,
        files: BundleFile[],
        from: ResumeUploadResponse | undefined,
        stream: UploadStream,
    ): Promise<boolean> {
        let missing = from === undefined;
        for (const file of files) {
            const isFirst = from?.fileName === file.name;
            missing ||= isFirst;
            const offset = isFirst ? Number(from.offsetBytes) : 0;
            if (missing && !(await this.#sendFile(folder, file, offset, stream))) {
                return false;
            }
        }
        return true;
    }

    async #sendFile(folder: string, file: BundleFile, from: number, stream: UploadStream): Promise<boolean> {
        const path = join(folder, file.name);
        const input = await open(path);
        try {
            for (let offset = from; offset < file.sizeBytes;) {
                const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
                const { bytesRead } = await input.read(buffer, 0, CHUNK_BYTES, offset);
                if (bytesRead === 0) {
                    throw new Error(`${path} shrank to ${offset} bytes while it was being sent`);
                }
                if (!(await stream.awaitRoom(this.#channel.settings.idleTimeoutMs))) {
                    return false;
                }
                const data = buffer.subarray(0, bytesRead);
                const value = { fileName: file.name, offsetBytes: BigInt(offset), data };
                stream.send({ part: { case: "chunk", value } });
                offset += bytesRead;
            }
            return true;
        } finally {
            await input.close();
        }
    }
}

function noAnswer(stream: Pick<UploadStream, "failure">, what: string): never {
    throw stream.failure("INTERNAL", "STREAM_CUT", `the server ended the ${what} without an answer`);
}
