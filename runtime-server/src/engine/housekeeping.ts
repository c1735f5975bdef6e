// What images and containers take together, and taking away what nobody uses. Knows no api.

import type {
  ContainerUsage,
  DiskUsage,
  PruneContainersResult,
  PruneFilter,
  PruneImagesResult,
  StoreReport,
} from '../../protocol/housekeeping.ts';
import { isCode } from '../base/errors.ts';
import type { Containers } from '../containers/contract.ts';
import type { ContainerRecord } from '../containers/record.ts';
import { treeSize } from '../containers/size.ts';
import { isActive, isLive } from '../containers/states.ts';
import type { Images } from '../images/images.ts';
import { hasLabels, isBefore } from '../oci/filter.ts';

export interface Housekeeping {
  usage(): Promise<DiskUsage>;
  /** What these containers take on the disk; those that are gone meanwhile are left out. */
  containerSizes(ids: readonly string[]): Promise<ReadonlyMap<string, ContainerSize>>;
  /** `all`: every image without a container, not only those without a tag. */
  pruneImages(options: PruneFilter & { readonly all: boolean }): Promise<PruneImagesResult>;
  /** Removes the containers that don't run, for good, and deletes those that could still be restored. */
  pruneContainers(filter: PruneFilter): Promise<PruneContainersResult>;
  /** Hashes every blob and compares every unpacked layer with it. */
  check(options: { readonly repair: boolean; readonly signal?: AbortSignal }): Promise<StoreReport>;
}

/** Bytes: what it has written, and that together with its image. */
export interface ContainerSize {
  readonly written: number;
  readonly whole: number;
}

export interface HousekeepingDeps {
  readonly images: Images;
  readonly containers: Containers;
  readonly volumeUsage: () => Promise<DiskUsage['volumes']>;
  /** Resolves when what was removed is gone from the disk. */
  readonly settled: () => Promise<void>;
}

export function createHousekeeping({ images, containers, volumeUsage, settled }: HousekeepingDeps): Housekeeping {
  const sizeOf = (record: ContainerRecord): Promise<number> => treeSize(containers.paths(record.id).upper);
  const namesOn = (imageId: string, suits: (record: ContainerRecord) => boolean): readonly string[] =>
    containers
      .records()
      .filter((record) => record.image.id === imageId && suits(record))
      .map(({ name }) => name);
  return {
    async usage() {
      const measured: ContainerUsage[] = [];
      for (const record of containers.records())
        measured.push({ id: record.id, live: isActive(record.run.state), size: await sizeOf(record) });
      const [volumes, snapshots] = await Promise.all([volumeUsage(), containers.snapshots.usage()]);
      const removed = await containers.removed.usage();
      return { ...(await images.usage()), containers: measured, volumes, removed, snapshots };
    },
    async containerSizes(ids) {
      const layers = new Map((await images.list()).map(({ id, size }) => [id, size]));
      const sizes = new Map<string, ContainerSize>();
      for (const record of containers.records()) {
        if (!ids.includes(record.id)) continue;
        const [written, frozen] = await Promise.all([sizeOf(record), containers.snapshots.size(record)]);
        sizes.set(record.id, { written, whole: written + frozen + (layers.get(record.image.id) ?? 0) });
      }
      return sizes;
    },
    pruneImages: (options) => images.prune({ ...options, usedBy: (id) => namesOn(id, () => true) }),
    async pruneContainers(filter) {
      const deleted: string[] = [];
      let freed = 0;
      for (const record of containers.records()) {
        if (!isForgotten(record, filter)) continue;
        const size = await sizeOf(record);
        if (!(await removeStopped(containers, record.id))) continue;
        deleted.push(record.id);
        freed += size;
      }
      const removed = await containers.removed.purge((record) => suits(record, filter));
      await settled();
      return { deleted, freed: freed + removed.freed };
    },
    check: ({ repair, signal }) =>
      images.check({ repair, signal, liveOn: (id) => namesOn(id, ({ run }) => isLive(run.state)) }),
  };
}

function isForgotten(record: ContainerRecord, filter: PruneFilter): boolean {
  return !isActive(record.run.state) && suits(record, filter);
}

function suits({ created, config }: ContainerRecord, filter: PruneFilter): boolean {
  return isBefore(created, filter.until) && hasLabels(config.labels, filter);
}

// False when it was started or removed meanwhile.
async function removeStopped(containers: Containers, id: string): Promise<boolean> {
  try {
    await containers.remove(id, { force: false, purge: true });
    return true;
  } catch (error) {
    if (isCode(error, 'Conflict') || isCode(error, 'NotFound')) return false;
    throw error;
  }
}
