// The content store: blobs by digest under <data>/blobs/sha256/<hex>. A blob is there whole or not at all; after a power
// cut it may be wrong, so what is read is verified. Knows no manifests and no layers.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { dataLoss, isErrno } from '../base/errors.ts';
import { listNames, moveFileNoReplace, readIfExists, readSmallFile, writeNewFile } from '../base/fs.ts';
import { createKeyedMutex } from '../base/mutex.ts';
import { digestOf, fromHex, hexOf, type Digest } from '../oci/digest.ts';

/** Where files are built and where they go to be deleted. */
export interface ContentWorkspace {
  temporary(kind: string): string;
  discard(path: string): Promise<void>;
}

export type BlobState = 'sound' | 'missing' | 'damaged';

export interface ContentStore {
  /** Makes the directory; await it before anything else. */
  start(): Promise<void>;
  /** Where the blob is, or would be. */
  path(digest: Digest): string;
  /** True when a blob of that digest and size is there. One of another size is thrown away. */
  has(blob: { readonly digest: Digest; readonly size: number }): Promise<boolean>;
  /** The verified bytes of a small blob; undefined when it is not there. A damaged one is thrown away. */
  read(digest: Digest, max: number): Promise<Buffer | undefined>;
  /** The same at once, for a row of thousands; undefined also when it is damaged or larger than `max`. Changes nothing. */
  readNow(digest: Digest, max: number): Buffer | undefined;
  /** Keeps small bytes. Throws DataLoss when they are not what the digest says. */
  put(bytes: Uint8Array, digest: Digest): Promise<void>;
  /** Keeps bytes as they come. Throws DataLoss when they are not what the digest says; then nothing stays. */
  fill(blob: { readonly digest: Digest; readonly size: number }, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Whether the blob is there and what its digest says. A damaged one is thrown away. */
  verify(digest: Digest): Promise<boolean>;
  /** Reads the whole blob: `sound`, `missing`, or `damaged` when it is not what its name says. Changes nothing. */
  examine(digest: Digest, signal?: AbortSignal): Promise<BlobState>;
  /** Bytes; undefined when it is not there. */
  size(digest: Digest): Promise<number | undefined>;
  /** Moves a finished and verified file of the workspace to its place. */
  adopt(file: string, digest: Digest): Promise<void>;
  /** Bytes that go with it. */
  remove(digest: Digest): Promise<number>;
  list(): Promise<readonly Digest[]>;
}

export function createContentStore(dataDirectory: string, workspace: ContentWorkspace): ContentStore {
  const directory = join(dataDirectory, 'blobs', 'sha256');
  const path = (digest: Digest): string => join(directory, hexOf(digest));
  const mutex = createKeyedMutex(); // a blob being removed is not found by who asks for it meanwhile

  const shelf: Shelf = { path, workspace };

  return {
    async start() {
      await fs.mkdir(directory, { recursive: true });
    },
    path,
    has: ({ digest, size }) => mutex.run(digest, () => hasSize(shelf, digest, size)),
    read: (digest, max) => mutex.run(digest, () => readVerified(shelf, digest, max)),
    readNow(digest, max) {
      const bytes = readSmallFile(path(digest), max);
      return bytes !== undefined && digestOf(bytes) === digest ? bytes : undefined;
    },
    put: (bytes, digest) =>
      mutex.run(digest, async () => {
        if (digestOf(bytes) !== digest) throw dataLoss(`blob ${digest}: does not match its digest`);
        if (await hasSize(shelf, digest, bytes.length)) return;
        // Made durable together with the layers by one syncfs, before a reference names it.
        await build(
          workspace,
          (file) => writeNewFile(file, bytes, false),
          (file) => moveFileNoReplace(file, path(digest)),
        );
      }),
    fill: (blob, bytes) =>
      build(
        workspace,
        (file) => pipeline(checked(blob, bytes), createWriteStream(file, { flags: 'wx' })),
        (file) => mutex.run(blob.digest, () => moveFileNoReplace(file, path(blob.digest))),
      ),
    verify: (digest) =>
      mutex.run(digest, async () => {
        const found = await examine(path(digest), digest);
        if (found === 'damaged') await workspace.discard(path(digest));
        return found === 'sound';
      }),
    examine: (digest, signal) => examine(path(digest), digest, signal),
    size: (digest) => sizeOf(path(digest)),
    adopt: (file, digest) =>
      mutex.run(digest, async () => {
        await moveFileNoReplace(file, path(digest));
      }),
    remove: (digest) =>
      mutex.run(digest, async () => {
        const size = await sizeOf(path(digest));
        await workspace.discard(path(digest));
        return size ?? 0;
      }),
    list: async () => (await listNames(directory)).filter((name) => /^[a-f0-9]{64}$/.test(name)).map(fromHex),
  };
}

interface Shelf {
  readonly path: (digest: Digest) => string;
  readonly workspace: ContentWorkspace;
}

async function hasSize({ path, workspace }: Shelf, digest: Digest, size: number): Promise<boolean> {
  const found = await sizeOf(path(digest));
  if (found !== undefined && found !== size) await workspace.discard(path(digest));
  return found === size;
}

async function readVerified({ path, workspace }: Shelf, digest: Digest, max: number): Promise<Buffer | undefined> {
  const size = await sizeOf(path(digest));
  if (size !== undefined && size > max) throw dataLoss(`blob ${digest}: larger than ${max} bytes`);
  const bytes = await readIfExists(path(digest));
  if (bytes === undefined || digestOf(bytes) === digest) return bytes;
  await workspace.discard(path(digest));
  return undefined;
}

// Nothing stays of what could not be finished.
async function build(
  workspace: ContentWorkspace,
  write: (file: string) => Promise<void>,
  place: (file: string) => Promise<unknown>,
): Promise<void> {
  const file = workspace.temporary('blob');
  try {
    await write(file);
    await place(file);
  } catch (error) {
    await workspace.discard(file);
    throw error;
  }
}

async function examine(path: string, digest: Digest, signal?: AbortSignal): Promise<BlobState> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, signal === undefined ? {} : { signal });
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'missing';
    if (isErrno(error, 'EIO')) return 'damaged';
    throw error;
  }
  return fromHex(hash.digest('hex')) === digest ? 'sound' : 'damaged';
}

// Hands the bytes on and throws at the end when they were others than promised, or as soon as there are too many.
async function* checked(
  { digest, size }: { readonly digest: Digest; readonly size: number },
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (total !== size || fromHex(hash.digest('hex')) !== digest)
    throw dataLoss(`blob ${digest}: does not match its digest`);
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
