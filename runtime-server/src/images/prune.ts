// Removing images that nobody uses, and whatever else nobody names: Docker's `image prune`.

import type { PruneFilter, PruneImagesResult } from '../../protocol/housekeeping.ts';
import type { RemoveImageResult } from '../../protocol/methods.ts';
import { isCode } from '../base/errors.ts';
import { hasLabels, isBefore } from '../oci/filter.ts';
import type { Catalog, LoadedImage } from './catalog.ts';
import type { Collector } from './collect.ts';
import type { ContainerUsers } from './images.ts';
import type { Naming } from './naming.ts';

export interface PruneOptions extends PruneFilter {
  /** Every image without a container, not only those without a tag. */
  readonly all: boolean;
  readonly usedBy: ContainerUsers;
}

export interface PrunePorts {
  readonly catalog: Catalog;
  readonly naming: Naming;
  readonly collect: Collector;
  /** Resolves when what was removed is gone from the disk. */
  readonly settled: () => Promise<void>;
}

export async function pruneImages(ports: PrunePorts, options: PruneOptions): Promise<PruneImagesResult> {
  const { catalog, naming, collect } = ports;
  await catalog.ready();
  const removals: RemoveImageResult[] = [];
  for (const image of catalog.images()) {
    if (!isUnwanted(catalog, image, options)) continue;
    const removal = await removeUnused(naming, image, options.usedBy);
    if (removal !== undefined) removals.push(removal);
  }
  const rest = await collect(); // what a power cut or a killed server has left
  await ports.settled();
  return {
    untagged: removals.flatMap(({ untagged }) => untagged),
    deleted: [...removals.flatMap(({ deleted }) => deleted), ...rest.layers],
    freed: removals.reduce((sum, { freed }) => sum + freed, rest.bytes),
  };
}

function isUnwanted(catalog: Catalog, image: LoadedImage, options: PruneOptions): boolean {
  const { created, config } = image.config;
  const hasTag = catalog.refsOf(image.id).some((ref) => ref.reference.tag !== undefined);
  return (options.all || !hasTag) && isBefore(created, options.until) && hasLabels(config.Labels ?? {}, options);
}

// Undefined when a container has it, also one that was made just now.
async function removeUnused(
  naming: Naming,
  image: LoadedImage,
  usedBy: ContainerUsers,
): Promise<RemoveImageResult | undefined> {
  try {
    return await naming.remove(image.id, { usedBy, allTags: true });
  } catch (error) {
    if (isCode(error, 'Conflict') || isCode(error, 'NotFound')) return undefined;
    throw error;
  }
}
