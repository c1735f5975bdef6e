// Garbage collection: mark from refs, containers and leases, sweep what is left. Never counts references.

import { isDigest, type Digest } from '../oci/digest.ts';
import type { ContentStore } from '../content/store.ts';
import type { LayerStore } from '../layers/store.ts';
import { loadImage, type Catalog, type LoadedImage } from './catalog.ts';
import type { ContainerRoot } from './images.ts';
import type { LeaseKey, Leases } from './leases.ts';

export interface CollectorOptions {
  readonly catalog: Catalog;
  readonly content: ContentStore;
  readonly layers: LayerStore;
  readonly leases: Leases;
  readonly containerRoots: () => Promise<readonly ContainerRoot[]> | readonly ContainerRoot[];
}

export interface Collected {
  readonly blobs: readonly Digest[];
  /** DiffIDs. */
  readonly layers: readonly Digest[];
  /** Of blobs and of the layers' file content. */
  readonly bytes: number;
}

/** Removes what nobody needs; only among `candidates` when they are given. */
export type Collector = (candidates?: ReadonlySet<LeaseKey>) => Promise<Collected>;

export function createCollector(options: CollectorOptions): Collector {
  const { content, layers } = options;
  return async (candidates) => {
    using garbage = await findGarbage(options, candidates);
    const removed = { blobs: [] as Digest[], layers: [] as Digest[], bytes: 0 };
    // Asked again for each: who claims one meanwhile keeps it, and who comes later does not find it.
    for (const digest of await content.list()) {
      if (!garbage.has(`blob ${digest}`)) continue;
      removed.bytes += await content.remove(digest);
      removed.blobs.push(digest);
    }
    for (const diffId of await layers.list()) {
      if (!garbage.has(`layer ${diffId}`)) continue;
      removed.bytes += await layers.remove(diffId);
      removed.layers.push(diffId);
    }
    return removed;
  };
}

/** What a collection would take now: what nobody names, uses or is fetching. */
export async function listGarbage(options: CollectorOptions): Promise<Omit<Collected, 'bytes'>> {
  using garbage = await findGarbage(options);
  const blobs = (await options.content.list()).filter((digest) => garbage.has(`blob ${digest}`));
  const layers = (await options.layers.list()).filter((diffId) => garbage.has(`layer ${diffId}`));
  return { blobs, layers };
}

interface Garbage extends Disposable {
  has(key: LeaseKey): boolean;
}

async function findGarbage(options: CollectorOptions, candidates?: ReadonlySet<LeaseKey>): Promise<Garbage> {
  const watch = options.leases.watch(); // who lets go meanwhile has written a ref or a container that the marking may have missed
  try {
    const roots = await options.containerRoots();
    await options.catalog.ready();
    const needed = await mark(options, roots);
    return {
      has: (key) => (candidates === undefined || candidates.has(key)) && !needed.has(key) && !watch.saw(key),
      [Symbol.dispose]() {
        watch[Symbol.dispose]();
      },
    };
  } catch (error) {
    watch[Symbol.dispose]();
    throw error;
  }
}

async function mark(options: CollectorOptions, roots: readonly ContainerRoot[]): Promise<ReadonlySet<LeaseKey>> {
  const { catalog, content } = options;
  const needed = new Set<LeaseKey>();
  for (const ref of catalog.refs()) {
    if (ref.repoDigest !== undefined) needed.add(`blob ${ref.repoDigest}`);
    needed.add(`blob ${ref.manifestDigest}`);
    const image = catalog.imageOf(ref);
    if (image !== undefined) for (const key of keysOf(image)) needed.add(key);
  }
  const manifests = new Set(roots.map((root) => root.manifestDigest).filter(isDigest));
  for (const digest of manifests) {
    if (needed.has(`blob ${digest}`)) continue;
    // Throws when it can't be read: then nothing is swept, rather than a container's layers.
    for (const key of keysOf(await loadImage(digest, content))) needed.add(key);
  }
  return needed;
}

/** All that an image consists of. */
export function keysOf(image: LoadedImage): readonly LeaseKey[] {
  return [
    `blob ${image.manifestDigest}`,
    `blob ${image.id}`,
    ...image.manifest.layers.map((layer) => `blob ${layer.digest}` as const),
    ...image.config.diffIds.map((diffId) => `layer ${diffId}` as const),
  ];
}
