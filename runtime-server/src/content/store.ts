// The content store: blobs by digest under <data>/blobs/sha256/<hex>. A blob is there whole or not at all; after a power
// cut it may be wrong, so what is read is verified. Knows no manifests and no layers.

import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss, isErrno } from '../base/errors.ts';
import { listNames, moveFileNoReplace, readIfExists, writeNewFile } from '../base/fs.ts';
import { createKeyedMutex } from '../base/mutex.ts';
import { digestOf, fromHex, hexOf, type Digest } from '../oci/digest.ts';

/** Where files are built and where they go to be deleted. */
export interface ContentWorkspace {
  temporary(kind: string): string;
  discard(path: string): Promise<void>;
}

export interface ContentStore {
  /** Makes the directory; await it before anything else. */
  start(): Promise<void>;
  /** Where the blob is, or would be. */
  path(digest: Digest): string;
  /** True when a blob of that digest and size is there. One of another size is thrown away. */
  has(blob: { readonly digest: Digest; readonly size: number }): Promise<boolean>;
  /** The verified bytes of a small blob; undefined when it is not there. A damaged one is thrown away. */
  read(digest: Digest, max: number): Promise<Buffer | undefined>;
  /** Keeps small bytes. Throws DataLoss when they are not what the digest says. */
  put(bytes: Uint8Array, digest: Digest): Promise<void>;
  /** Moves a finished and verified file of the workspace to its place. */
  adopt(file: string, digest: Digest): Promise<void>;
  remove(digest: Digest): Promise<void>;
  list(): Promise<readonly Digest[]>;
}

export function createContentStore(dataDirectory: string, workspace: ContentWorkspace): ContentStore {
  const directory = join(dataDirectory, 'blobs', 'sha256');
  const path = (digest: Digest): string => join(directory, hexOf(digest));
  const mutex = createKeyedMutex(); // a blob being removed is not found by who asks for it meanwhile

  const hasSize = async (digest: Digest, size: number): Promise<boolean> => {
    const found = await sizeOf(path(digest));
    if (found !== undefined && found !== size) await workspace.discard(path(digest));
    return found === size;
  };
  const readVerified = async (digest: Digest, max: number): Promise<Buffer | undefined> => {
    const size = await sizeOf(path(digest));
    if (size !== undefined && size > max) throw dataLoss(`blob ${digest}: larger than ${max} bytes`);
    const bytes = await readIfExists(path(digest));
    if (bytes === undefined || digestOf(bytes) === digest) return bytes;
    await workspace.discard(path(digest));
    return undefined;
  };

  return {
    async start() {
      await fs.mkdir(directory, { recursive: true });
    },
    path,
    has: ({ digest, size }) => mutex.run(digest, () => hasSize(digest, size)),
    read: (digest, max) => mutex.run(digest, () => readVerified(digest, max)),
    put: (bytes, digest) =>
      mutex.run(digest, async () => {
        if (digestOf(bytes) !== digest) throw dataLoss(`blob ${digest}: does not match its digest`);
        if (await hasSize(digest, bytes.length)) return;
        const file = workspace.temporary('blob');
        try {
          // Made durable together with the layers by one syncfs, before a reference names it.
          await writeNewFile(file, bytes, false);
          await moveFileNoReplace(file, path(digest));
        } catch (error) {
          await workspace.discard(file);
          throw error;
        }
      }),
    adopt: (file, digest) =>
      mutex.run(digest, async () => {
        await moveFileNoReplace(file, path(digest));
      }),
    remove: (digest) => mutex.run(digest, () => workspace.discard(path(digest))),
    list: async () => (await listNames(directory)).filter((name) => /^[a-f0-9]{64}$/.test(name)).map(fromHex),
  };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await fs.lstat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
