import { wholeNumber } from "./settings.js";

/** What is drawn from one by one. */
export type Source<T> = Iterable<T> | AsyncIterable<T>;

const MAX_CONCURRENCY = 1024;

/**
 * Works on what the source gives, several at a time, and hands the results on in the source's order.
 *
 * No more than `concurrency` are under way or finished and not yet taken. When the consumer leaves, or one
 * fails, the others are aborted.
 *
 * @param work fails when its signal is aborted
 */
export async function* inOrder<T, R>(
    source: Source<T>,
    concurrency: number,
    signal: AbortSignal | undefined,
    work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
    wholeNumber("concurrency", concurrency, 1, MAX_CONCURRENCY);
    const leaving = new AbortController();
    const any = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
    const running: Promise<R>[] = [];
    try {
        for await (const item of source) {
            const result = work(item, any);
            result.catch(() => undefined); // it is heard of when its turn comes
            running.push(result);
            if (running.length >= concurrency) {
                yield await (running.shift() as Promise<R>);
            }
        }
        for (const result of running) {
            yield await result;
        }
    } finally {
        leaving.abort();
    }
}

/** The source in pieces of the same size, the last one smaller. */
export async function* pieces<T>(source: Source<T>, size: number): AsyncGenerator<T[], void, undefined> {
    let piece: T[] = [];
    for await (const item of source) {
        piece.push(item);
        if (piece.length === size) {
            yield piece;
            piece = [];
        }
    }
    if (piece.length > 0) {
        yield piece;
    }
}
