// Removed containers on the disk: <data>/removed/<milliseconds>.<id>, each the container's folder under another name, so that neither
// removing nor restoring one copies or writes anything. Knows no limits and nobody who asks.

import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../base/errors.ts';
import { exists, listNames, syncDirectory, writeFileAtomic } from '../base/fs.ts';
import type { Workspace } from '../base/workspace.ts';
import { endedState, readExitStatus } from './exit-status.ts';
import { takeBack } from './mount-sources.ts';
import type { VolumeSource } from './ports.ts';
import { isContainerId, parseRecord, type ContainerRecord } from './record.ts';
import { treeSize, treeUsage } from './size.ts';
import { isActive } from './states.ts';
import type { ContainerStore } from './store.ts';

/** The place of one; its folder's name says both. */
export interface Grave {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly removedAt: number;
  readonly directory: string;
}

export interface RemovedStore {
  /** Takes a container's folder over at once. */
  put(id: string, removedAt: number): Promise<Grave>;
  /** The last removed first. */
  list(): Promise<readonly Grave[]>;
  /** Its record with the end of its last run; undefined when it is gone meanwhile. Rejects with InvalidArgument for a damaged one. */
  read(grave: Grave): Promise<ContainerRecord | undefined>;
  measure(grave: Grave): Promise<{ readonly size: number; readonly written: number }>;
  /** Puts the folder back with that record, and its anonymous volumes. False when it is gone meanwhile. */
  restore(grave: Grave, record: ContainerRecord): Promise<boolean>;
  purge(grave: Grave): Promise<void>;
  /** Bytes that are free on the disk. */
  free(): Promise<number>;
}

export interface RemovedStoreDeps {
  readonly dataDirectory: string;
  readonly store: Pick<ContainerStore, 'paths'>;
  readonly workspace: Pick<Workspace, 'discard'>;
  readonly volumes: Pick<VolumeSource, 'bringBack'>;
}

export function createRemovedStore({ dataDirectory, store, workspace, volumes }: RemovedStoreDeps): RemovedStore {
  const root = join(dataDirectory, 'removed');
  return {
    put: async (id, removedAt) => {
      const directory = join(root, `${removedAt}.${id}`);
      const { directory: present, runtime } = store.paths(id);
      await fs.mkdir(root, { recursive: true, mode: 0o700 });
      await fs.rename(present, directory);
      await fs.rm(runtime, { recursive: true, force: true });
      return { id, removedAt, directory };
    },
    list: async () =>
      (await listNames(root))
        .flatMap((name) => parseGrave(root, name))
        .sort((a, b) => b.removedAt - a.removedAt || (a.id < b.id ? -1 : 1)),
    read: readGrave,
    measure: async ({ directory }) => ({
      size: await treeUsage(directory),
      written: (await treeSize(join(directory, 'upper'))) + (await treeSize(join(directory, 'volumes'))),
    }),
    restore: async ({ directory, id }, record) => {
      const home = store.paths(id).directory;
      if (!(await exists(directory))) return false;
      await writeFileAtomic(join(directory, 'container.json'), JSON.stringify(record), { sync: true });
      try {
        await fs.rename(directory, home);
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return false;
        throw error;
      }
      await syncDirectory(join(dataDirectory, 'containers'));
      // A server that dies before it is done does so at the next start.
      await takeBack(volumes, store.paths(id).volumes);
      return true;
    },
    purge: ({ directory }) => workspace.discard(directory),
    free: async () => {
      const { bavail, bsize } = await fs.statfs(dataDirectory);
      return bavail * bsize;
    },
  };
}

/** The last run is over, whatever the record says: of a container with --rm only exit.json was written. */
async function readGrave({ id, removedAt, directory }: Grave): Promise<ContainerRecord | undefined> {
  let text: string;
  try {
    text = await fs.readFile(join(directory, 'container.json'), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const record = parseRecord(text);
  if (record.id !== id) return undefined;
  const { run } = record;
  const status = await readExitStatus(join(directory, 'exit.json'));
  if (status === undefined && !isActive(run.state)) return record;
  return { ...record, run: endedState(run, 'exit', status, new Date(removedAt)) };
}

function parseGrave(root: string, name: string): readonly Grave[] {
  const [, time = '', id = ''] = /^(\d{1,15})\.([0-9a-f]+)$/.exec(name) ?? [];
  return isContainerId(id) ? [{ id, removedAt: Number(time), directory: join(root, name) }] : [];
}
