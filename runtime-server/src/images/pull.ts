// One pull from the reference to the ref: is it here, which manifest, fetch, name, sync. Also the import of a layout, which
// is the same from another source. Leaves nothing behind when it fails, and only what is verified when it is cancelled.

import type { PullResult } from '../../protocol/methods.ts';
import type { Digest } from '../oci/digest.ts';
import { canonical, type Reference } from '../oci/reference.ts';
import { runsOn, type Platform } from '../oci/platform.ts';
import { keysOf, type Collector } from './collect.ts';
import type { Catalog, LoadedImage } from './catalog.ts';
import { fetchImage, type FetchStores } from './fetch.ts';
import type { Lease, Leases } from './leases.ts';
import type { Naming } from './naming.ts';
import { layerRefs, type ProgressListener } from './progress.ts';
import type { Ref } from './refs.ts';
import { chooseManifest, type ChosenManifest, type ImageSource } from './source.ts';

export interface PullContext extends FetchStores {
  readonly catalog: Catalog;
  readonly leases: Leases;
  readonly naming: Naming;
  readonly collect: Collector;
  readonly now: () => Date;
  /** Begins to bring everything to the disk. */
  readonly sync: () => void;
  readonly warn: (message: string) => void;
}

export interface PullJob {
  /** With a tag or a digest, not both. */
  readonly reference: Reference;
  readonly platform: Platform;
  readonly action: 'pull' | 'import';
  /** Called when something has to be asked. */
  readonly source: () => Promise<RemoteSource>;
  readonly emit: ProgressListener;
  readonly signal: AbortSignal;
}

export interface RemoteSource extends ImageSource {
  /** What the tag points at now, without fetching it; undefined when that can't be told. */
  currentDigest?(tag: string, options: { readonly signal?: AbortSignal | undefined }): Promise<Digest | undefined>;
}

export async function pullImage(context: PullContext, job: PullJob): Promise<PullResult> {
  await context.catalog.ready();
  const lease = context.leases.open();
  try {
    const present = await presentImage(context, job);
    const result = present ?? (await fetchAndName(context, job, lease));
    job.emit({ kind: 'done', ...result });
    lease[Symbol.dispose]();
    return result;
  } catch (error) {
    lease[Symbol.dispose]();
    // Of a cancelled pull the next one takes what is verified; `prune` takes it away.
    if (!job.signal.aborted) await sweep(context, lease, job.action);
    throw error;
  }
}

/** Removes what a failed `pull`, `load` or `commit` brought and nobody else needs. Its own failure must not hide the other. */
export async function sweep(context: PullContext, lease: Lease, failed: string): Promise<void> {
  try {
    await context.collect(lease.keys);
  } catch (error) {
    context.warn(`clean up after a failed ${failed}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// By digest nothing needs to be asked; by tag a HEAD request tells whether it has moved.
async function presentImage(context: PullContext, job: PullJob): Promise<PullResult | undefined> {
  const { reference } = job;
  using lease = context.leases.open(); // not the pull's: what the tag leaves may be garbage when it has moved
  const ref = context.catalog.ref(reference);
  const image = ref === undefined ? undefined : context.catalog.imageOf(ref);
  if (ref === undefined || image === undefined || !(await isComplete(context, image, job.platform, lease)))
    return undefined;
  if (reference.digest !== undefined) return resultOf(ref, image, true);
  if (ref.repoDigest === undefined || reference.tag === undefined) return undefined;
  const source = await job.source();
  const current = await source.currentDigest?.(reference.tag, { signal: job.signal });
  return current === ref.repoDigest ? resultOf(ref, image, true) : undefined;
}

async function isComplete(
  context: PullContext,
  image: LoadedImage,
  platform: Platform,
  lease: Lease,
): Promise<boolean> {
  if (!runsOn(image.config.platform, platform)) return false;
  lease.add(keysOf(image));
  const { diffIds } = image.config;
  const found = await Promise.all(diffIds.map((_, index) => context.layers.find(diffIds.slice(0, index + 1))));
  if (found.includes(undefined)) return false;
  const { config, layers } = image.manifest;
  const blobs = await Promise.all([config, ...layers].map((blob) => context.content.has(blob)));
  return !blobs.includes(false);
}

async function fetchAndName(context: PullContext, job: PullJob, lease: Lease): Promise<PullResult> {
  const { reference, platform, emit, signal } = job;
  const source = await job.source();
  const target = { tag: reference.tag ?? '', ...(reference.digest === undefined ? {} : { digest: reference.digest }) };
  const chosen = await chooseManifest(source, context.content, target, platform, signal);
  emit({ kind: 'manifest', digest: chosen.topDigest, layers: layerRefs(chosen.manifest.layers) });
  const { image, fetched } = await fetchImage(context, { source, chosen, platform, lease, emit, signal });
  signal.throwIfAborted();
  const before = context.catalog.ref(reference);
  const ref = refOf(context, job, chosen);
  await context.naming.assign(ref, image, job.action);
  context.sync(); // nobody waits for the disk: what a power cut takes is noticed and made again
  const same =
    before !== undefined &&
    context.catalog.imageOf(ref)?.id === image.id &&
    before.manifestDigest === ref.manifestDigest;
  return resultOf(ref, image, !fetched && same);
}

function refOf(context: PullContext, job: PullJob, chosen: ChosenManifest): Ref {
  const ref = {
    reference: job.reference,
    manifestDigest: chosen.digest,
    mediaType: chosen.manifest.mediaType,
    pulledAt: context.now().toISOString(),
  };
  return job.action === 'import' ? ref : { ...ref, repoDigest: chosen.topDigest };
}

function resultOf(ref: Ref, image: LoadedImage, upToDate: boolean): PullResult {
  const digest = ref.repoDigest ?? ref.manifestDigest;
  return { reference: canonical(ref.reference), digest, imageId: image.id, upToDate };
}
