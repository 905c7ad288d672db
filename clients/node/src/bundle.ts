import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const MANIFEST = "manifest.json";
const NAME = /^[A-Za-z0-9._-]{1,128}$/;
const MAX_FILES = 64;

/** One file of a bundle as its upload's header names it. */
export interface BundleFile {
    readonly name: string;
    readonly sizeBytes: bigint;
    readonly sha256: string;
}

/**
 * A bundle on disk as its upload sees it: its files, the manifest first. Reads every file once to hash it.
 *
 * @throws RangeError if the folder is not a bundle: no manifest, a sub-folder, too many files, or a name that the
 *     contract does not allow
 */
export async function readBundle(folder: string, signal?: AbortSignal): Promise<BundleFile[]> {
    if (!(await isFile(join(folder, MANIFEST)))) {
        throw new RangeError(`a bundle is a folder with a ${MANIFEST}, but ${folder} has none`);
    }
    const names = (await readdir(folder)).filter((name) => name !== MANIFEST).sort();
    names.unshift(MANIFEST);
    if (names.length > MAX_FILES) {
        throw new RangeError(`${folder} has ${names.length} files; a bundle has at most ${MAX_FILES}`);
    }
    const files: BundleFile[] = [];
    for (const name of names) {
        files.push(await describe(folder, name, signal));
    }
    return files;
}

async function describe(folder: string, name: string, signal?: AbortSignal): Promise<BundleFile> {
    const file = join(folder, name);
    if (!(await isFile(file))) {
        throw new RangeError(`a bundle has only files, but ${file} is none`);
    }
    if (!NAME.test(name)) {
        throw new RangeError(
            `a bundle's file is named with 1 to 128 letters, digits, '.', '_' or '-', not '${name}'`,
        );
    }
    const digest = createHash("sha256");
    let size = 0;
    for await (const bytes of createReadStream(file, { signal }) as AsyncIterable<Buffer>) {
        digest.update(bytes);
        size += bytes.length;
    }
    return { name, sizeBytes: BigInt(size), sha256: digest.digest("hex") };
}

async function isFile(path: string): Promise<boolean> {
    try {
        return (await stat(path)).isFile();
    } catch {
        return false;
    }
}
