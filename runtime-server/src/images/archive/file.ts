// One stream of bytes as a file of the workspace: written once, measured and hashed on the way, never more than there is
// room for. Knows no archive.

import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { raceAbort } from '../../base/abort.ts';
import { noSpace } from '../../base/errors.ts';
import { fromHex, type Digest } from '../../oci/digest.ts';
import { compressionOf, MAGIC_SIZE, type Compression } from './compression.ts';

export interface Spooled {
  /** In the workspace. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
  readonly compression: Compression;
}

/** Disk that an archive leaves free, so that the server itself can go on. Bytes. */
const RESERVE = 64 << 20;

/** Bytes that may be written below `directory`. */
export async function roomIn(directory: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(directory);
  return bavail * bsize - RESERVE;
}

/** Throws NoSpace when `bytes` are more than there is room for. */
export function checkRoom(bytes: number, room: number): void {
  if (bytes <= room) return;
  throw noSpace('the archive needs more space than there is', {
    hint: 'Free some space, for example with `slipway rmi`.',
  });
}

/** Writes the new file `path`. Throws NoSpace beyond `room` bytes, and Unsupported as {@link compressionOf} does. */
export async function spoolFile(
  source: AsyncIterable<Uint8Array>,
  path: string,
  { room, signal }: { readonly room: number; readonly signal: AbortSignal },
): Promise<Spooled> {
  const hash = createHash('sha256');
  const state = { size: 0, room, head: Buffer.alloc(0) };
  const target = createWriteStream(path, { flags: 'wx', mode: 0o644 });
  const writing = pipeline(source, (chunks: AsyncIterable<Uint8Array>) => watched(chunks, hash, state), target, {
    signal,
  });
  await raceAbort(writing, signal); // a source that gives nothing more is not waited for
  const compression = compressionOf(state.head);
  return { path, size: state.size, digest: fromHex(hash.digest('hex')), compression };
}

async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  hash: Hash,
  state: { size: number; readonly room: number; head: Buffer },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    state.size += chunk.length;
    checkRoom(state.size, state.room);
    if (state.head.length < MAGIC_SIZE) state.head = Buffer.concat([state.head, chunk.subarray(0, MAGIC_SIZE)]);
    yield chunk;
  }
}
