// What images take on the disk: Docker's `system df` for images, layers and blobs. Reads only.

import type { DiskUsage, ImageUsage } from '../../protocol/housekeeping.ts';
import { compact } from '../base/validate.ts';
import type { Digest } from '../oci/digest.ts';
import type { LoadedImage } from './catalog.ts';
import { listGarbage, type CollectorOptions } from './collect.ts';
import { tagsOf } from './describe.ts';

type ImagesUsage = Omit<DiskUsage, 'containers' | 'volumes' | 'removed' | 'snapshots'>;

export async function measureUsage(options: CollectorOptions): Promise<ImagesUsage> {
  const { catalog, containerRoots } = options;
  await catalog.ready();
  const images = catalog.images();
  const sizes = await layerSizes(options, images);
  const owners = countOwners(images);
  const users = Map.groupBy(await containerRoots(), (root) => root.imageId);
  const sum = (diffIds: Iterable<Digest>): number =>
    [...diffIds].reduce((total, id) => total + (sizes.get(id) ?? 0), 0);
  const used = new Set(images.filter(({ id }) => users.has(id)).flatMap((image) => image.config.diffIds));
  const size = sum(sizes.keys());
  return {
    images: images.map((image): ImageUsage => {
      const layers = new Set(image.config.diffIds);
      return compact({
        id: image.id,
        references: tagsOf(catalog.refsOf(image.id)),
        created: image.config.created,
        size: sum(layers),
        sharedSize: sum([...layers].filter((diffId) => (owners.get(diffId) ?? 0) > 1)),
        containers: users.get(image.id)?.length ?? 0,
      });
    }),
    layers: { size, reclaimable: size - sum(used) },
    blobs: await measureBlobs(options),
  };
}

// Bytes of each distinct layer, garbage as well: it is on the disk.
async function layerSizes(
  { layers }: CollectorOptions,
  images: readonly LoadedImage[],
): Promise<ReadonlyMap<Digest, number>> {
  const sizes = new Map<Digest, number>();
  for (const { config } of images) {
    for (const [index, diffId] of config.diffIds.entries()) {
      if (sizes.has(diffId)) continue;
      const record = await layers.find(config.diffIds.slice(0, index + 1));
      if (record !== undefined) sizes.set(diffId, record.bytes);
    }
  }
  return sizes;
}

function countOwners(images: readonly LoadedImage[]): ReadonlyMap<Digest, number> {
  const owners = new Map<Digest, number>();
  for (const image of images)
    for (const diffId of new Set(image.config.diffIds)) owners.set(diffId, (owners.get(diffId) ?? 0) + 1);
  return owners;
}

async function measureBlobs(options: CollectorOptions): Promise<DiskUsage['blobs']> {
  const { content } = options;
  const [all, garbage] = await Promise.all([content.list(), listGarbage(options)]);
  const unused = new Set(garbage.blobs);
  const total = { count: all.length, size: 0, unused: unused.size, unusedSize: 0 };
  for (const digest of all) {
    const size = (await content.size(digest)) ?? 0;
    total.size += size;
    if (unused.has(digest)) total.unusedSize += size;
  }
  return total;
}
