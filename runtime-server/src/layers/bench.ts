// One try at a layer in the workspace: its directory, its blob file, and the layer tool at work on them. Knows no final names.

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

/** Compressed bytes of a layer: a blob's file, or what comes and is then in the bench's blob file. */
export type LayerBytes = { readonly stored: string } | { readonly coming: AsyncIterable<Uint8Array> };

/** Applies the bytes to the bench, when it is this one's turn. Rejects as {@link Unpacker.unpack}. */
export function applyToBench(
  tools: BenchTools,
  bench: Bench,
  bytes: LayerBytes,
  plan: BenchPlan,
  signal: AbortSignal | undefined,
): Promise<UnpackResult> {
  const { blob, diffId, lower, onUnpacked } = plan;
  const common = { dest: bench.fs, ...blob, diffId, squashIds: tools.squashIds, lower, onUnpacked };
  const [file, source] = 'stored' in bytes ? [bytes.stored, undefined] : [bench.blob, bytes.coming];
  return tools.limiter.run(async () => {
    const maxSize = await freeSpace(bench.fs);
    return tools.unpacker.unpack({ ...common, blob: file, maxSize }, source, signal);
  }, signal);
}

// What a layer becomes can't be more than there is space for. The tool itself keeps to a ratio besides.
async function freeSpace(directory: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(directory);
  return bavail * bsize;
}
