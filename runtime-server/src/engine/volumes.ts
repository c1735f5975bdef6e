// What is done with volumes as such: docker's `volume` commands. Containers know who uses them, volumes where they are.

import type { DiskUsage } from '../../protocol/housekeeping.ts';
import type { PruneVolumesResult, VolumeRequest, VolumeSummary } from '../../protocol/mounts.ts';
import { isCode } from '../base/errors.ts';
import type { Containers } from '../containers/contract.ts';
import { usersOf } from '../containers/mount-sources.ts';
import { treeSize } from '../containers/size.ts';
import { hasLabels, type LabelFilter } from '../oci/filter.ts';
import { DRIVER, isAnonymous, type VolumeRecord } from '../volumes/record.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { EventBus } from './events.ts';

export interface VolumeActions {
  /** Sorted by name. */
  list(): Promise<readonly VolumeSummary[]>;
  /** Rejects with NotFound. */
  get(name: string): Promise<VolumeSummary>;
  /** One that is there already stays as it is, as in docker. */
  create(request: VolumeRequest): Promise<VolumeSummary>;
  /** Rejects with Conflict while a container has it. `force`: one that is not there is no error. */
  remove(name: string, options: { readonly force: boolean }): Promise<void>;
  /** Removes those that no container has. `all`: named ones, too. */
  prune(filter: LabelFilter & { readonly all: boolean }): Promise<PruneVolumesResult>;
  /** What they take on the disk; those whose files are elsewhere take nothing. */
  usage(): Promise<DiskUsage['volumes']>;
  /** Absolute path of a volume's files. */
  path(name: string): string;
}

export interface VolumeDeps {
  readonly volumes: Volumes;
  readonly containers: Pick<Containers, 'records'>;
  readonly events: Pick<EventBus, 'publish'>;
  /** Resolves when what was removed is gone from the disk. */
  readonly settled: () => Promise<void>;
}

export function createVolumeActions({ volumes, containers, events, settled }: VolumeDeps): VolumeActions {
  const users = (name: string): readonly string[] => usersOf(name, containers.records());
  const sizeOf = (name: string): Promise<number> => treeSize(volumes.path(name));
  const summary = (record: VolumeRecord): VolumeSummary => {
    const ids = users(record.name);
    const names = containers.records().flatMap(({ id, name }) => (ids.includes(id) ? [name] : []));
    return describeVolume(record, volumes.path(record.name), names);
  };
  return {
    list: async () => (await volumes.list()).map(summary),
    get: async (name) => summary(await volumes.get(name)),
    create: async (request) => summary((await volumes.provide(request)).record),
    async remove(name, { force }) {
      try {
        await volumes.remove(name, users);
      } catch (error) {
        if (!force || !isCode(error, 'NotFound')) throw error;
      }
    },
    async prune({ all, ...filter }) {
      const deleted: string[] = [];
      let freed = 0;
      for (const record of await volumes.list()) {
        if (!(all || isAnonymous(record)) || users(record.name).length > 0 || !hasLabels(record.labels, filter))
          continue;
        const size = await sizeOf(record.name);
        if (!(await removeUnused(volumes, record.name, users))) continue;
        deleted.push(record.name);
        freed += size;
      }
      await settled();
      events.publish({ type: 'volume', action: 'prune', id: '', attributes: { reclaimed: String(freed) } });
      return { deleted, freed };
    },
    async usage() {
      const measured: DiskUsage['volumes'][number][] = [];
      for (const { name } of await volumes.list())
        measured.push({ name, size: await sizeOf(name), containers: users(name).length });
      return measured;
    },
    path: (name) => volumes.path(name),
  };
}

/** `containers`: names of those that have it. */
export function describeVolume(record: VolumeRecord, mountpoint: string, containers: readonly string[]): VolumeSummary {
  const { name, created, options, labels } = record;
  return { name, created, driver: DRIVER, options, labels, mountpoint, anonymous: isAnonymous(record), containers };
}

/** Docker Engine API `GET /volumes/{name}`. */
export function inspectVolume({
  name,
  created,
  driver,
  labels,
  mountpoint,
  options,
}: VolumeSummary): Record<string, unknown> {
  const orNull = (words: Readonly<Record<string, string>>): object | null =>
    Object.keys(words).length === 0 ? null : words;
  return {
    CreatedAt: created,
    Driver: driver,
    Labels: orNull(labels),
    Mountpoint: mountpoint,
    Name: name,
    Options: orNull(options),
    Scope: 'local',
  };
}

// False when it was taken or removed meanwhile.
async function removeUnused(
  volumes: Volumes,
  name: string,
  users: (name: string) => readonly string[],
): Promise<boolean> {
  try {
    await volumes.remove(name, users);
    return true;
  } catch (error) {
    if (isCode(error, 'Conflict') || isCode(error, 'NotFound')) return false;
    throw error;
  }
}
