import type { CallOptions, LeaChannel } from "./channel.js";
import { LeaError } from "./errors.js";
import {
    Health,
    HealthCheckResponse_ServingStatus as ServingStatus,
} from "./gen/grpc/health/v1/health_pb.js";
import { duration } from "./settings.js";
import { pause } from "./time.js";

const PATIENCE_MS = 10_000;
const PAUSE_MS = 100;

/** Asks any server whether it can serve. */
export class HealthClient {
    readonly #channel: LeaChannel;

    constructor(channel: LeaChannel) {
        this.#channel = channel;
    }

    /**
     * Whether a named service can answer: its model is loaded. False also when nobody is there.
     *
     * @param service full name, for instance `lea.agent.v1.AgentService`; empty for the server as a whole
     */
    async isServing(service: string, options?: CallOptions): Promise<boolean> {
        try {
            return (await this.#check(service, options)) === ServingStatus.SERVING;
        } catch (error) {
            if (error instanceof LeaError && error.reason !== "ABORTED_BY_CALLER") {
                return false;
            }
            throw error;
        }
    }

    /** Whether the server answers at all, with or without a model. */
    async isReachable(options?: CallOptions): Promise<boolean> {
        try {
            await this.#check("", options);
            return true;
        } catch (error) {
            if (error instanceof LeaError && error.reason !== "ABORTED_BY_CALLER") {
                return error.code === "NOT_FOUND" || error.code === "UNIMPLEMENTED";
            }
            throw error;
        }
    }

    /**
     * Waits until a service can answer, through restarts and servers that are not there yet.
     *
     * @param options the deadline is for the whole wait; unset: the channel's for slow calls
     * @throws LeaError DEADLINE_EXCEEDED, reason NOT_SERVING
     */
    async awaitServing(service: string, options: CallOptions = {}): Promise<void> {
        const { deadlineMs = this.#channel.settings.slowCallDeadlineMs, signal } = options;
        duration("deadlineMs", deadlineMs);
        const deadline = Date.now() + deadlineMs;
        for (;;) {
            const left = deadline - Date.now();
            if (
                left > 0 &&
                (await this.isServing(service, { signal, deadlineMs: Math.min(left, PATIENCE_MS) }))
            ) {
                return;
            }
            if (deadline - Date.now() <= PAUSE_MS) {
                const name = service === "" ? "the server" : service;
                const text = `${name} did not come to serve in ${deadlineMs} ms`;
                throw LeaError.local(
                    "DEADLINE_EXCEEDED",
                    "NOT_SERVING",
                    text,
                    this.#channel.describe(Health.method.check),
                );
            }
            await pause(PAUSE_MS, signal);
        }
    }

    async #check(service: string, options?: CallOptions): Promise<ServingStatus> {
        const answer = await this.#channel.call(Health.method.check, { service }, options, PATIENCE_MS);
        return answer.status;
    }
}
