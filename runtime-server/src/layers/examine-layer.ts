// Whether an unpacked layer still is what its blob says: the blob is unpacked once more beside it and both are compared.
// Knows no image; what to do about it is the caller's to decide.

import { join } from 'node:path';
import { isErrno } from '../base/errors.ts';
import type { Digest } from '../oci/digest.ts';
import { applyToBench, clearBench, openBench, type Bench, type BenchTools, type BlobRef } from './bench.ts';
import { inheritAttributes } from './implied.ts';
import type { LayerRecord } from './record.ts';
import type { Located, Shelf } from './shelf.ts';
import { isDamage, toLayerError, UnpackFailure } from './unpack-failure.ts';

/** A layer in its stack: `diffIds`, bottom first, end with its own. */
export interface Examination {
  readonly blob: BlobRef;
  readonly diffIds: readonly Digest[];
  /** Put the newly unpacked one in the place of one that is not the same. */
  readonly repair: boolean;
  readonly signal?: AbortSignal | undefined;
}

export type LayerFinding =
  | { readonly state: 'sound' }
  /** Not unpacked, or only half. */
  | { readonly state: 'missing' }
  /** The blob is not there or is damaged: nothing to compare with. */
  | { readonly state: 'unverified' }
  /** The first difference; `what` as slipway-layer's `compare` says it. */
  | { readonly state: 'altered'; readonly path: string; readonly what: string; readonly repaired: boolean };

export interface ExaminingOptions extends BenchTools {
  readonly shelf: Shelf;
  readonly blobs: { path(digest: Digest): string };
  readonly bootId: string;
}

export async function examineLayer(options: ExaminingOptions, examination: Examination): Promise<LayerFinding> {
  const located = await options.shelf.find(examination.diffIds);
  if (located === undefined) return { state: 'missing' };
  const bench = await openBench(options);
  try {
    return await compare(options, examination, located, bench);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isDamage(error)) return { state: 'unverified' };
    throw error instanceof UnpackFailure ? toLayerError(error, examination.blob.digest) : error;
  } finally {
    await clearBench(options, bench);
  }
}

async function compare(
  options: ExaminingOptions,
  { blob, diffIds, repair, signal }: Examination,
  { key, record }: Located,
  bench: Bench,
): Promise<LayerFinding> {
  const { shelf, unpacker } = options;
  const lower = shelf.dependsOnParents(key) ? await shelf.lowerDirectories(diffIds.slice(0, -1)) : [];
  const bytes = { stored: options.blobs.path(blob.digest) };
  const plan = { blob, diffId: record.diffId, lower };
  const result = await applyToBench(options, bench, bytes, plan, signal);
  await inheritAttributes(bench.fs, result.implied, lower);
  const difference = await unpacker.compare(bench.fs, join(shelf.directory, key, 'fs'));
  if (difference === undefined) return { state: 'sound' };
  if (repair) await shelf.replace(key, bench.layer, renewed(options, record));
  return { state: 'altered', ...difference, repaired: repair };
}

function renewed({ bootId }: ExaminingOptions, record: LayerRecord): LayerRecord {
  return { ...record, durable: false, bootId };
}
