// One try at a layer in the workspace: its directory, its blob file, and the layer tool at work on them. Knows no final names.

import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Limiter } from '../base/mutex.ts';
import type { Digest } from '../oci/digest.ts';
import type { Unpacker, UnpackPlan, UnpackResult } from './unpacker.ts';

/** Everything of one try; cleared whatever happens, after the finished parts have been moved away. */
export interface Bench {
  readonly layer: string;
  readonly fs: string;
  readonly blob: string;
}

export interface BenchTools {
  readonly unpacker: Unpacker;
  readonly workspace: { temporary(kind: string): string; discard(path: string): Promise<void> };
  readonly squashIds: boolean;
  readonly limiter: Limiter;
}

export interface BlobRef {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface BenchPlan {
  readonly blob: BlobRef;
  readonly diffId: Digest;
  /** The parents' directories, top first, where the layer depends on them. */
  readonly lower: readonly string[];
  /** Whether the compressed bytes are written to the bench's blob file. */
  readonly keepsBlob: boolean;
  readonly onUnpacked?: UnpackPlan['onUnpacked'];
}

export async function openBench({ workspace }: BenchTools): Promise<Bench> {
  const layer = workspace.temporary('layer');
  const bench = { layer, fs: join(layer, 'fs'), blob: workspace.temporary('blob') };
  await fs.mkdir(bench.fs, { recursive: true, mode: 0o755 });
  return bench;
}

export async function clearBench({ workspace }: BenchTools, bench: Bench): Promise<void> {
  await workspace.discard(bench.layer);
  await workspace.discard(bench.blob);
}

/** Applies the bytes to the bench, when it is this one's turn. Rejects as {@link Unpacker.unpack}. */
export function applyToBench(
  tools: BenchTools,
  bench: Bench,
  bytes: AsyncIterable<Uint8Array>,
  plan: BenchPlan,
  signal: AbortSignal | undefined,
): Promise<UnpackResult> {
  const { blob, diffId, lower, onUnpacked } = plan;
  const { digest, size } = blob;
  const common = { dest: bench.fs, digest, size, diffId, squashIds: tools.squashIds, lower, onUnpacked };
  const file = plan.keepsBlob ? { blob: bench.blob } : {};
  return tools.limiter.run(async () => {
    const maxSize = await freeSpace(bench.fs);
    return tools.unpacker.unpack({ ...common, ...file, maxSize }, bytes, signal);
  }, signal);
}

/** The bytes of a stored blob. The file is opened when the first are asked for: its failure is the reader's, whenever that comes. */
export async function* readBlob(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path) as AsyncIterable<Buffer>;
}

// What a layer becomes can't be more than there is space for. The tool itself keeps to a ratio besides.
async function freeSpace(directory: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(directory);
  return bavail * bsize;
}
