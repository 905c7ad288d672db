/** How a client waits and repeats. Times are in milliseconds, above 0 and at most a day. */
export interface ClientSettings {
    /** For one unary call with all its attempts. */
    readonly callDeadlineMs: number;
    /** For a call that loads a model: activation, rollback, the end of an upload. */
    readonly slowCallDeadlineMs: number;
    /** For the next message of a stream, and for room to send the next one. */
    readonly idleTimeoutMs: number;
    /** Of a unary call that may be repeated, 1 to 5; 1 never repeats. */
    readonly maxAttempts: number;
    /** Largest answer that is accepted, 1 KiB to 1 GiB. */
    readonly maxMessageBytes: number;
}

export const DEFAULT_SETTINGS: ClientSettings = Object.freeze({
    callDeadlineMs: 30_000,
    slowCallDeadlineMs: 120_000,
    idleTimeoutMs: 60_000,
    maxAttempts: 4,
    maxMessageBytes: 64 << 20,
});

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The defaults with some of them replaced.
 *
 * @throws RangeError that names the setting, its bounds and its value
 */
export function settingsOf(changes: Partial<ClientSettings>): ClientSettings {
    const settings = { ...DEFAULT_SETTINGS };
    for (const [name, value] of Object.entries(changes) as [string, number | undefined][]) {
        if (!(name in settings)) {
            throw new RangeError(
                `there is no setting ${name}; there are ${Object.keys(settings).join(", ")}`,
            );
        }
        if (value !== undefined) {
            settings[name as keyof ClientSettings] = value;
        }
    }
    duration("callDeadlineMs", settings.callDeadlineMs);
    duration("slowCallDeadlineMs", settings.slowCallDeadlineMs);
    duration("idleTimeoutMs", settings.idleTimeoutMs);
    wholeNumber("maxAttempts", settings.maxAttempts, 1, 5);
    wholeNumber("maxMessageBytes", settings.maxMessageBytes, 1 << 10, 1 << 30);
    return settings;
}

/** @throws RangeError unless the value is a time that a call may take */
export function duration(name: string, value: number): void {
    if (!(value > 0 && value <= DAY_MS)) {
        throw new RangeError(`${name} must be in (0, ${DAY_MS}] but is ${value}`);
    }
}

/** @throws RangeError unless the value is whole and within the bounds */
export function wholeNumber(name: string, value: number, min: number, max: number): void {
    if (!Number.isInteger(value) || value < min || value > max) {
        throw new RangeError(`${name} must be a whole number in [${min}, ${max}] but is ${value}`);
    }
}
