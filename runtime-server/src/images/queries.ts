// The questions about images that change nothing: list, resolve, inspect; and leasing one for a container.

import type { ImageSummary } from '../../protocol/models.ts';
import { dataLoss, notFound } from '../base/errors.ts';
import type { ContentStore } from '../content/store.ts';
import type { LayerStore } from '../layers/store.ts';
import type { Digest } from '../oci/digest.ts';
import { rawConfig } from '../oci/image-config.ts';
import { MANIFEST_MAX } from '../oci/manifest.ts';
import { formatPlatform, parsePlatform, runsOn, type Platform } from '../oci/platform.ts';
import { loadImage, type Catalog, type LoadedImage } from './catalog.ts';
import { keysOf } from './collect.ts';
import { historyOf, inspectImage, newestFirst, summarize } from './describe.ts';
import { during } from './failure.ts';
import type { ContainerRoot, ImageLease, ImageRecord, Images, ResolveOptions } from './images.ts';
import type { Lease, Leases } from './leases.ts';
import { displayName, lookUp, requireImage } from './lookup.ts';
import { byName, type Ref } from './refs.ts';

export interface QueryOptions {
  readonly catalog: Catalog;
  readonly content: ContentStore;
  readonly layers: LayerStore;
  readonly leases: Leases;
  readonly containerRoots: () => Promise<readonly ContainerRoot[]> | readonly ContainerRoot[];
  readonly hostPlatform: Platform;
  /** Begins to bring everything to the disk. */
  readonly sync: () => void;
}

export interface Queries extends Pick<Images, 'list' | 'resolve' | 'inspect' | 'history' | 'lease'> {
  summary(image: LoadedImage): Promise<ImageSummary>;
}

export function createQueries(options: QueryOptions): Queries {
  const { catalog, containerRoots } = options;
  const sizeOf = createSizes(options.layers);
  const count = async (): Promise<(id: string) => number> => {
    const roots = await containerRoots();
    const counts = Map.groupBy(roots, (root) => root.imageId);
    return (id) => counts.get(id)?.length ?? 0;
  };
  return {
    async list() {
      await catalog.ready();
      const containers = await count();
      const refs = refsByImage(catalog);
      const images = catalog.images();
      const summaries = await Promise.all(
        images.map(async (image) =>
          summarize(image, refs.get(image.id) ?? [], await sizeOf(image), containers(image.id)),
        ),
      );
      return newestFirst(summaries);
    },
    async summary(image) {
      return summarize(image, catalog.refsOf(image.id), await sizeOf(image), (await count())(image.id));
    },
    async resolve(text, how = {}) {
      await catalog.ready();
      return resolve(options, text, how);
    },
    async inspect(text) {
      await catalog.ready();
      const image = requireImage(lookUp(catalog, text, 'inspect'), text, 'inspect');
      const bytes = await options.content.read(image.id, MANIFEST_MAX);
      if (bytes === undefined)
        throw dataLoss(`inspect ${text}: its image config is missing`, { hint: 'Pull the image again.' });
      return inspectImage(image, catalog.refsOf(image.id), await sizeOf(image), rawConfig(bytes));
    },
    async history(text) {
      await catalog.ready();
      const image = requireImage(lookUp(catalog, text, 'history'), text, 'history');
      return historyOf(image, await layerSizes(options.layers, image));
    },
    lease: (record, { signal } = {}) => leaseImage(options, record, signal),
  };
}

// Bytes of all layers. They don't change, so each image is added up once all its layers are there.
function createSizes(layers: LayerStore): (image: LoadedImage) => Promise<number> {
  const known = new WeakMap<LoadedImage, number>();
  return async (image) => {
    const cached = known.get(image);
    if (cached !== undefined) return cached;
    const sizes = await layerSizes(layers, image);
    const size = sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
    if (!sizes.includes(undefined)) known.set(image, size);
    return size;
  };
}

// Bytes of each layer, bottom first; undefined for one that is not unpacked.
async function layerSizes(layers: LayerStore, image: LoadedImage): Promise<readonly (number | undefined)[]> {
  const { diffIds } = image.config;
  return Promise.all(diffIds.map(async (_, index) => (await layers.find(diffIds.slice(0, index + 1)))?.bytes));
}

function refsByImage(catalog: Catalog): ReadonlyMap<Digest | undefined, readonly Ref[]> {
  return Map.groupBy(byName(catalog.refs()), (ref) => catalog.imageOf(ref)?.id);
}

function resolve({ catalog, hostPlatform }: QueryOptions, text: string, how: ResolveOptions): ImageRecord {
  const verb = how.verb ?? 'find image';
  const found = lookUp(catalog, text, verb);
  const image = requireImage(found, text, verb);
  const { platform } = image.config;
  const wanted =
    how.platform === undefined ? undefined : parsePlatform(how.platform, hostPlatform, `${verb} ${text}: platform`);
  if (wanted !== undefined && !runsOn(platform, wanted)) {
    throw notFound(`${verb} ${text}: it is here for ${formatPlatform(platform)}, not for ${formatPlatform(wanted)}`, {
      hint: `Fetch it with \`slipway pull --platform ${formatPlatform(wanted)} ${text}\`.`,
    });
  }
  return {
    id: image.id,
    manifestDigest: image.manifestDigest,
    reference: displayName(catalog, found, image),
    config: image.config.config,
    diffIds: image.config.diffIds,
    platform,
  };
}

async function leaseImage(
  options: QueryOptions,
  record: ImageRecord,
  signal: AbortSignal | undefined,
): Promise<ImageLease> {
  const lease = options.leases.open();
  try {
    await options.catalog.ready();
    const image = options.catalog.loaded(record.manifestDigest);
    lease.add(image === undefined ? [`blob ${record.manifestDigest}`, `blob ${record.id}`] : keysOf(image));
    lease.add(record.diffIds.map((diffId) => `layer ${diffId}` as const));
    await during(`use image ${record.reference}`, () => repairLayers(options, record, lease, signal));
    return {
      image: record,
      [Symbol.dispose]() {
        lease[Symbol.dispose]();
      },
    };
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}

// A layer that the last boot may have left incomplete is made again from its blob.
async function repairLayers(
  { content, layers, sync }: QueryOptions,
  record: ImageRecord,
  lease: Lease,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stacks = record.diffIds.map((_, index) => record.diffIds.slice(0, index + 1));
  const found = await Promise.all(stacks.map((stack) => layers.find(stack)));
  if (!found.includes(undefined)) return;
  const { manifest } = await loadImage(record.manifestDigest, content);
  lease.add(manifest.layers.map((layer) => `blob ${layer.digest}` as const));
  for (const [index, diffIds] of stacks.entries()) {
    const blob = manifest.layers[index];
    if (blob === undefined) throw dataLoss(`its manifest has no layer ${index + 1}`);
    const open = (): never => {
      throw dataLoss(`layer ${blob.digest} is damaged and its blob is gone`, {
        hint: `Fetch it again with \`slipway pull ${record.reference}\`.`,
      });
    };
    // In order, so the layers below are always there already.
    await layers.unpack({ blob, diffIds, open, below: () => Promise.resolve(), signal });
  }
  sync();
}
