/**
 * Waits.
 *
 * @throws the signal's reason once it is aborted
 */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const leave = () => {
            clearTimeout(timer);
            reject(signal?.reason as Error);
        };
        const timer = setTimeout(() => {
            signal?.removeEventListener("abort", leave);
            resolve();
        }, delayMs);
        if (signal?.aborted === true) {
            leave();
        } else {
            signal?.addEventListener("abort", leave, { once: true });
        }
    });
}
