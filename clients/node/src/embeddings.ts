import type { Embeddings } from "./gen/lea/common/v1/common_pb.js";

/** The rows of a matrix, however it travelled; each of `dimension` numbers. None where there is no matrix. */
export function rows(embeddings: Embeddings | undefined): Float32Array[] {
    if (embeddings === undefined) {
        return [];
    }
    const { count, dimension, packed, values } = embeddings;
    let all: Float32Array;
    if (packed.length > 0) {
        const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
        all = Float32Array.from({ length: packed.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
    } else {
        all = Float32Array.from(values);
    }
    if (all.length !== count * dimension) {
        throw new RangeError(`${count} x ${dimension} embeddings came with ${all.length} numbers`);
    }
    return Array.from({ length: count }, (_, row) => all.subarray(row * dimension, (row + 1) * dimension));
}
