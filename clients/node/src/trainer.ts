import { randomUUID } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CallOptions, LeaChannel } from "./channel.js";
import { LeaError } from "./errors.js";
import { RunState, TrainerService, type Run, type RunSpecSchema } from "./gen/lea/trainer/v1/trainer_pb.js";
import { pause } from "./time.js";

const MAX_RECONNECTS = 5;
const RECONNECT_DELAY_MS = 500;

/**
 * Starts training runs and follows them.
 *
 * Every method fails with a LeaError when its call failed.
 */
export class TrainerClient {
    readonly #channel: LeaChannel;

    constructor(channel: LeaChannel) {
        this.#channel = channel;
    }

    /**
     * Starts a run; a repeat inside the call does not start it twice.
     *
     * @param options `requestId`: the same id answers with the run that it created before; unset: a new one
     */
    async create(
        spec: MessageInitShape<typeof RunSpecSchema>,
        options: CallOptions & { readonly requestId?: string } = {},
    ): Promise<Run> {
        const { requestId = randomUUID(), ...call } = options;
        return (await this.#channel.call(TrainerService.method.createRun, { spec, requestId }, call))
            .run as Run;
    }

    /** The run as it stands. */
    async get(runId: string, options?: CallOptions): Promise<Run> {
        return (await this.#channel.call(TrainerService.method.getRun, { runId }, options)).run as Run;
    }

    /** All runs, newest first. */
    async list(options?: CallOptions): Promise<Run[]> {
        const runs: Run[] = [];
        let pageToken = "";
        do {
            const page = await this.#channel.call(TrainerService.method.listRuns, { pageToken }, options);
            runs.push(...page.runs);
            pageToken = page.nextPageToken;
        } while (pageToken !== "");
        return runs;
    }

    /** Stops a run at its next checkpoint. */
    async cancel(runId: string, options?: CallOptions): Promise<Run> {
        return (await this.#channel.call(TrainerService.method.cancelRun, { runId }, options)).run as Run;
    }

    /**
     * Follows a run until it ends, through lost connections: the run as it stands, and again at each change; the
     * last one is the run as it ended. The trainer tells a run as it stands at every new connection, so nothing is
     * missed for good. Gives up after five connections in a row that told nothing.
     *
     * A run that changes nothing for the channel's idle timeout is asked about anew.
     */
    async *watch(runId: string, options: CallOptions = {}): AsyncGenerator<Run, void, undefined> {
        const { callDeadlineMs, idleTimeoutMs } = this.#channel.settings;
        for (let silent = 0; ; silent++) {
            const stream = this.#channel.stream(TrainerService.method.watchRun, options);
            try {
                stream.send({ runId });
                stream.finish();
                for (let patience = callDeadlineMs; ; patience = idleTimeoutMs) {
                    const run = (await stream.next(() => patience))?.run;
                    if (run === undefined) {
                        const text = `the server ended the watch although run ${runId} goes on`;
                        throw stream.failure("UNAVAILABLE", "STREAM_CUT", text);
                    }
                    silent = 0;
                    yield run;
                    if (isOver(run)) {
                        return;
                    }
                }
            } catch (error) {
                if (!isWorthAnotherConnection(error) || silent >= MAX_RECONNECTS) {
                    throw error;
                }
            } finally {
                stream.close();
            }
            await pause(RECONNECT_DELAY_MS * (silent + 1), options.signal);
        }
    }
}

/** Whether a run has ended, well or not. */
export function isOver(run: Run): boolean {
    return (
        run.state === RunState.SUCCEEDED || run.state === RunState.FAILED || run.state === RunState.CANCELLED
    );
}

function isWorthAnotherConnection(error: unknown): boolean {
    return error instanceof LeaError && (error.isTransient || error.reason === "STREAM_IDLE");
}
