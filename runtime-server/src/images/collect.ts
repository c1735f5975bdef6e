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
}

/** Removes what nobody needs; only among `candidates` when they are given. */
export type Collector = (candidates?: ReadonlySet<LeaseKey>) => Promise<Collected>;

export function createCollector(options: CollectorOptions): Collector {
  const { catalog, content, layers, leases } = options;
  return async (candidates) => {
    using watch = leases.watch(); // who lets go meanwhile has written a ref or a container that the marking may have missed
    const roots = await options.containerRoots();
    await catalog.ready();
    const needed = await mark(options, roots);
    const isGarbage = (key: LeaseKey): boolean =>
      (candidates === undefined || candidates.has(key)) && !needed.has(key) && !watch.saw(key);
    const removed: Collected & { blobs: Digest[]; layers: Digest[] } = { blobs: [], layers: [] };
    for (const digest of await content.list()) {
      if (!isGarbage(`blob ${digest}`)) continue;
      await content.remove(digest);
      removed.blobs.push(digest);
    }
    for (const diffId of await layers.list()) {
      if (!isGarbage(`layer ${diffId}`)) continue;
      await layers.remove(diffId);
      removed.layers.push(diffId);
    }
    return removed;
  };
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
