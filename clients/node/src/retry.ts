/**
 * Bounds the repeated calls of one channel to a share of those that succeed, so that clients do not bury a
 * server that is already in trouble. Starts full with ten tokens; a repeat takes one, a success gives a tenth back.
 */
export class RetryBudget {
    static readonly FULL = 10;
    static readonly REFUND = 0.1;

    #tokens = RetryBudget.FULL;

    take(): boolean {
        if (this.#tokens < 1) {
            return false;
        }
        this.#tokens -= 1;
        return true;
    }

    succeeded(): void {
        this.#tokens = Math.min(RetryBudget.FULL, this.#tokens + RetryBudget.REFUND);
    }
}

/**
 * What grpc repeats by itself: every unary call that may be sent twice, when nobody answered. Not repeated:
 * rollback and deletion (twice is not once) and the streams (what was sent is the caller's to know).
 */
export function serviceConfig(maxAttempts: number): object {
    if (maxAttempts === 1) {
        return {};
    }
    const repository = "lea.repository.v1.ModelRepositoryService";
    return {
        methodConfig: [
            {
                name: [
                    { service: repository, method: "RollBack" },
                    { service: repository, method: "DeleteVersion" },
                    { service: repository, method: "WatchVersions" },
                    { service: repository, method: "UploadVersion" },
                    { service: "lea.environment.v1.EnvironmentService", method: "Annotate" },
                    { service: "lea.trainer.v1.TrainerService", method: "WatchRun" },
                ],
            },
            {
                name: [{}],
                retryPolicy: {
                    maxAttempts,
                    initialBackoff: "0.1s",
                    maxBackoff: "2s",
                    backoffMultiplier: 2,
                    retryableStatusCodes: ["UNAVAILABLE"],
                },
            },
        ],
        retryThrottling: { maxTokens: 10, tokenRatio: 0.1 },
    };
}
