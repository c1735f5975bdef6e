// Brings an image's config and layers here, all at the same time: the first requests for layers leave together with the one
// for the config. Knows no references: what is fetched stays unnamed until somebody writes a ref.

import { dataLoss } from '../base/errors.ts';
import type { LayerStore } from '../layers/store.ts';
import type { ContentStore } from '../content/store.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageConfig, type ImageConfig } from '../oci/image-config.ts';
import { MANIFEST_MAX, type ImageManifest } from '../oci/manifest.ts';
import { runsOn, type Platform } from '../oci/platform.ts';
import type { LoadedImage } from './catalog.ts';
import type { Lease } from './leases.ts';
import { createPrefetch, type Prefetch } from './prefetch.ts';
import { layerProgress, type ProgressListener } from './progress.ts';
import { wrongPlatform, type ChosenManifest, type ImageSource } from './source.ts';

export interface FetchStores {
  readonly content: ContentStore;
  readonly layers: LayerStore;
  /** How many layers are asked for ahead. */
  readonly parallel: number;
}

export interface FetchJob {
  readonly source: ImageSource;
  readonly chosen: ChosenManifest;
  readonly platform: Platform;
  /** Gets everything that is fetched, before it is looked for. */
  readonly lease: Lease;
  readonly emit: ProgressListener;
  readonly signal: AbortSignal;
}

/** Resolves when all of the image is here; `fetched` is false when nothing had to be. On failure nothing is going on any more. */
export async function fetchImage(
  stores: FetchStores,
  job: FetchJob,
): Promise<{ readonly image: LoadedImage; readonly fetched: boolean }> {
  const { manifest, digest, documents } = job.chosen;
  job.lease.add([...documents, manifest.config, ...manifest.layers].map((item) => `blob ${item.digest}` as const));
  const controller = new AbortController();
  const signal = AbortSignal.any([job.signal, controller.signal]);
  await using ahead = await prefetchLayers(stores, job, signal);
  try {
    for (const document of documents) await stores.content.put(document.bytes, document.digest);
    const config = await fetchConfig(stores, { ...job, signal });
    checkConfig(config, manifest, job.platform);
    job.lease.add(config.diffIds.map((diffId) => `layer ${diffId}` as const));
    const fetched = await fetchLayers(stores, { ...job, signal }, config, ahead, controller);
    return { image: { id: manifest.config.digest, manifestDigest: digest, manifest, config }, fetched };
  } finally {
    controller.abort();
  }
}

// Only layers whose blob is not here: those are most likely to be needed.
async function prefetchLayers(stores: FetchStores, job: FetchJob, signal: AbortSignal): Promise<Prefetch> {
  const { layers } = job.chosen.manifest;
  const there = await Promise.all(layers.map((layer) => stores.content.has(layer)));
  const missing = new Map(layers.filter((_, index) => there[index] === false).map((layer) => [layer.digest, layer]));
  const wanted = [...missing.values()].slice(0, stores.parallel);
  return createPrefetch(wanted, (layer, layerSignal) => job.source.blob(layer, { signal: layerSignal }), signal);
}

async function fetchConfig(stores: FetchStores, job: FetchJob): Promise<ImageConfig> {
  const { digest, size } = job.chosen.manifest.config;
  const known = await stores.content.read(digest, MANIFEST_MAX);
  if (known !== undefined) return parseImageConfig(known);
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of job.source.blob(job.chosen.manifest.config, { signal: job.signal })) {
    total += chunk.length;
    if (total > size) throw dataLoss(`image config ${digest} is larger than the manifest says`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (total !== size) throw dataLoss(`image config ${digest} is smaller than the manifest says`);
  await stores.content.put(bytes, digest);
  return parseImageConfig(bytes);
}

function checkConfig(config: ImageConfig, manifest: ImageManifest, wanted: Platform): void {
  if (config.platform.architecture !== '' && !runsOn(config.platform, wanted)) {
    throw wrongPlatform(wanted, [config.platform]);
  }
  if (config.diffIds.length !== manifest.layers.length) {
    throw dataLoss(`the image config lists ${config.diffIds.length} layers, the manifest ${manifest.layers.length}`);
  }
}

async function fetchLayers(
  stores: FetchStores,
  job: FetchJob,
  config: ImageConfig,
  ahead: Prefetch,
  controller: AbortController,
): Promise<boolean> {
  let failure: unknown;
  const { layers } = job.chosen.manifest;
  const tasks: Promise<boolean>[] = [];
  const stop = (error: unknown): never => {
    failure ??= error; // the first in time; the others are its consequences
    controller.abort();
    throw error;
  };
  for (const [index, layer] of layers.entries()) {
    const before = config.diffIds.indexOf(config.diffIds[index] as Digest);
    const same = before < index ? tasks[before] : undefined; // the same layer again, further up
    const below = async (): Promise<void> => {
      await Promise.all(tasks.slice(0, index));
    };
    const one = async (): Promise<boolean> => {
      await same;
      return fetchLayer(stores, job, { layer, diffIds: config.diffIds.slice(0, index + 1), below, ahead });
    };
    tasks.push(one().catch(stop));
  }
  const outcomes = await Promise.allSettled(tasks);
  if (failure !== undefined) throw failure as Error;
  return outcomes.some((outcome) => outcome.status === 'fulfilled' && outcome.value);
}

interface LayerJob {
  readonly layer: Descriptor;
  readonly diffIds: readonly Digest[];
  readonly below: () => Promise<void>;
  readonly ahead: Prefetch;
}

async function fetchLayer(stores: FetchStores, job: FetchJob, item: LayerJob): Promise<boolean> {
  const { layer, diffIds, below, ahead } = item;
  const progress = layerProgress(layer, job.emit, 'downloading');
  const onRetry = (): void => {
    progress.retrying();
  };
  const open = (signal: AbortSignal): AsyncIterable<Uint8Array> =>
    ahead.take(layer.digest, signal) ?? job.source.blob(layer, { signal, onRetry });
  const { fetched } = await stores.layers.unpack({
    blob: layer,
    diffIds,
    below,
    open,
    onBytes: (total) => {
      progress.bytes(total);
    },
    onUnpacked: (total) => {
      progress.unpacked(total);
    },
    onVerify: () => {
      progress.verifying();
    },
    signal: job.signal,
  });
  // Unpacked from another image's blob, packed in another way: this image is whole only with its own.
  const lacks = !fetched && !(await stores.content.has(layer));
  if (lacks) await stores.content.fill(layer, open(job.signal));
  ahead.cancel(layer.digest);
  if (fetched || lacks) progress.complete();
  else progress.exists();
  return fetched || lacks;
}
