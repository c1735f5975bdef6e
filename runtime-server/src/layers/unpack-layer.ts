// One layer from its bytes to its place: out of the blob store or the network, through the layer tool into a temporary
// directory, and under its final name only when both digests match. Knows no registry.

import { isErrno } from '../base/errors.ts';
import { raceAbort } from '../base/abort.ts';
import { createSingleFlight, type SingleFlight } from '../base/mutex.ts';
import { chainId } from '../oci/chain.ts';
import type { Digest } from '../oci/digest.ts';
import {
  applyToBench,
  clearBench,
  openBench,
  type Bench,
  type BenchTools,
  type BlobRef,
  type LayerBytes,
} from './bench.ts';
import { inheritAttributes } from './implied.ts';
import type { LayerRecord } from './record.ts';
import type { Shelf } from './shelf.ts';
import { isDamage, toLayerError, UnpackFailure } from './unpack-failure.ts';
import type { UnpackResult } from './unpacker.ts';

export interface LayerBlobs {
  path(digest: Digest): string;
  has(blob: BlobRef): Promise<boolean>;
  adopt(file: string, digest: Digest): Promise<void>;
  remove(digest: Digest): Promise<unknown>;
}

/** A layer in its stack: `diffIds`, bottom first, end with its own. */
export interface LayerRequest {
  readonly blob: BlobRef;
  readonly diffIds: readonly Digest[];
  /** Opens the compressed bytes; called again when they are needed from the beginning again. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Resolves when the layers below are there. */
  readonly below: () => Promise<void>;
  readonly onBytes?: ((total: number) => void) | undefined;
  /** How many of the blob's bytes are unpacked, from the network or from the blob store. */
  readonly onUnpacked?: ((total: number) => void) | undefined;
  /** All bytes have come; the tool is finishing. */
  readonly onVerify?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface UnpackingOptions extends BenchTools {
  readonly shelf: Shelf;
  readonly blobs: LayerBlobs;
  readonly bootId: string;
}

/**
 * Waiting for the layers below is done outside of the flight and of the limiter: two images with the same layers in
 * another order would wait for each other otherwise.
 */
export function createLayerUnpacking(
  options: UnpackingOptions,
): (request: LayerRequest) => Promise<{ readonly fetched: boolean }> {
  const shared: Shared = { ...options, flights: createSingleFlight() };
  return async (request) => {
    const top = topOf(request.diffIds);
    for (;;) {
      if ((await options.shelf.find(request.diffIds)) !== undefined) return { fetched: false };
      try {
        const flown = await fly({ ...shared, request }, top, []);
        if (flown === 'other') continue;
        if (flown !== 'placed') await withParents({ ...shared, request }, flown);
        return { fetched: true };
      } catch (error) {
        throw error instanceof UnpackFailure ? toLayerError(error, request.blob.digest) : error;
      }
    }
  };
}

interface Shared extends UnpackingOptions {
  readonly flights: SingleFlight<undefined>;
}

interface Job extends Shared {
  readonly request: LayerRequest;
}

/** A layer that can't get its place before the layers below are there. */
type Unfinished =
  /** It links to a file below: do it again with `--lower`. */
  | { readonly kind: 'needs-lower'; readonly failure: UnpackFailure }
  /** It is unpacked, but for the attributes of directories that only the layers below know. */
  | { readonly kind: 'inherits'; readonly bench: Bench; readonly result: UnpackResult };

// One pass together with all who want the same. `other`: somebody else led it; look whether it serves us.
async function fly(job: Job, key: string, lower: readonly string[]): Promise<'placed' | 'other' | Unfinished> {
  const { signal } = job.request;
  const mine: { led: boolean; outcome: 'placed' | 'other' | Unfinished } = { led: false, outcome: 'other' };
  const lead = async (flightSignal: AbortSignal): Promise<undefined> => {
    mine.led = true;
    const outcome = await pass(job, lower, flightSignal);
    if (signal?.aborted === true)
      await abandon(job, outcome); // the pass went on for others
    else mine.outcome = outcome;
    return undefined;
  };
  try {
    await job.flights.run(key, lead, signal);
    return mine.outcome;
  } catch (error) {
    await abandon(job, mine.outcome);
    // Somebody else's failure (another registry, cancelled) is no reason not to try with our own source.
    if (mine.led || signal?.aborted === true) throw error;
    return 'other';
  }
}

async function abandon(job: Job, outcome: 'placed' | 'other' | Unfinished): Promise<void> {
  if (typeof outcome === 'object' && outcome.kind === 'inherits') await clearBench(job, outcome.bench);
}

async function withParents(job: Job, unfinished: Unfinished): Promise<void> {
  const { request, shelf } = job;
  const parents = request.diffIds.slice(0, -1);
  try {
    if (parents.length === 0 && unfinished.kind === 'needs-lower') throw unfinished.failure;
    await raceAbort(request.below(), request.signal);
    const lower = await shelf.lowerDirectories(parents);
    if (unfinished.kind === 'inherits') {
      await inheritAttributes(unfinished.bench.fs, unfinished.result.implied, lower);
      await place(job, unfinished.bench, unfinished.result, true);
      return;
    }
    const key = `${topOf(request.diffIds)} ${chainId(parents) ?? ''}`;
    while ((await fly(job, key, lower)) === 'other') if ((await shelf.find(request.diffIds)) !== undefined) return;
  } finally {
    await abandon(job, unfinished);
  }
}

async function pass(job: Job, lower: readonly string[], signal: AbortSignal): Promise<'placed' | Unfinished> {
  try {
    return (await fromStoredBlob(job, lower, signal)) ?? (await fromSource(job, lower, signal));
  } catch (error) {
    if (!(error instanceof UnpackFailure) || error.code !== 'NeedsLower' || lower.length > 0) throw error;
    return { kind: 'needs-lower', failure: error };
  }
}

// Undefined when there is no blob, or a damaged one, which is thrown away: then the bytes must come from outside.
async function fromStoredBlob(
  job: Job,
  lower: readonly string[],
  signal: AbortSignal,
): Promise<'placed' | Unfinished | undefined> {
  const { blob } = job.request;
  if (!(await job.blobs.has(blob))) return undefined;
  try {
    return await withBench(job, lower, (bench) => {
      return apply(job, bench, { stored: job.blobs.path(blob.digest) }, lower, signal);
    });
  } catch (error) {
    if (!isDamage(error) && !isErrno(error, 'ENOENT')) throw error;
    await job.blobs.remove(blob.digest);
    return undefined;
  }
}

function fromSource(job: Job, lower: readonly string[], signal: AbortSignal): Promise<'placed' | Unfinished> {
  const { request } = job;
  return withBench(job, lower, async (bench) => {
    const bytes = counted(request.open(signal), request.onBytes, request.onVerify);
    const result = await apply(job, bench, { coming: bytes }, lower, signal);
    await job.blobs.adopt(bench.blob, request.blob.digest);
    return result;
  });
}

function apply(
  job: Job,
  bench: Bench,
  bytes: LayerBytes,
  lower: readonly string[],
  signal: AbortSignal,
): Promise<UnpackResult> {
  const { blob, diffIds, onUnpacked } = job.request;
  return applyToBench(job, bench, bytes, { blob, diffId: topOf(diffIds), lower, onUnpacked }, signal);
}

async function place(job: Job, bench: Bench, result: UnpackResult, dependent: boolean): Promise<void> {
  const { diffIds } = job.request;
  const { diffSize, entries, bytes } = result;
  const record: LayerRecord = { diffId: topOf(diffIds), diffSize, entries, bytes, durable: false, bootId: job.bootId };
  await job.shelf.place(bench.layer, record, dependent ? chainId(diffIds.slice(0, -1)) : undefined);
}

async function withBench(
  job: Job,
  lower: readonly string[],
  work: (bench: Bench) => Promise<UnpackResult>,
): Promise<'placed' | Unfinished> {
  const bench = await openBench(job);
  let keep = false;
  try {
    const result = await work(bench);
    keep = result.implied.length > 0 && job.request.diffIds.length > 1 && lower.length === 0;
    if (keep) return { kind: 'inherits', bench, result };
    await inheritAttributes(bench.fs, result.implied, lower);
    await place(job, bench, result, lower.length > 0);
    return 'placed';
  } finally {
    if (!keep) await clearBench(job, bench);
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onBytes: ((total: number) => void) | undefined,
  onEnd: (() => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    onBytes?.(total);
    yield chunk;
  }
  onEnd?.();
}

function topOf(diffIds: readonly Digest[]): Digest {
  const top = diffIds.at(-1);
  if (top === undefined) throw new RangeError('a stack of no layers has no top');
  return top;
}
