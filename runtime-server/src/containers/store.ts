// The containers' folders on disk: where each file lies, whole creation, atomic records, removal through the trash.
// Knows the layout (architecture.md §4), not what a container does.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toEngineError } from '../base/errors.ts';
import { listNames, syncDirectory, writeFileAtomic, writeNewFile } from '../base/fs.ts';
import type { Logger } from '../base/log.ts';
import type { Workspace } from '../base/workspace.ts';
import { hostsText, resolvText } from './naming.ts';
import { deadRecord, isContainerId, parseRecord, type ContainerRecord } from './record.ts';

export interface ContainerPaths {
  readonly directory: string;
  readonly record: string;
  readonly bundle: string;
  readonly spec: string;
  readonly upper: string;
  /** Volumes that go and come back with it; there only while it is removed. */
  readonly volumes: string;
  readonly work: string;
  readonly log: string;
  readonly exit: string;
  readonly hosts: string;
  readonly hostname: string;
  readonly resolvConf: string;
  /** Folder of the sockets; its name is cut to 16 digits because a socket's path is at most 107 bytes long (unix(7)). */
  readonly runtime: string;
  readonly attachSocket: string;
}

export interface ContainerStore {
  paths(id: string): ContainerPaths;
  /** All records; one that can't be read is stood for by a dead one. */
  load(): Promise<ContainerRecord[]>;
  /** Makes the folder, complete or not at all; `upper`: the directory that becomes the container's own, in place of a new one. */
  create(record: ContainerRecord, upper?: string): Promise<void>;
  /** Replaces container.json. */
  save(record: ContainerRecord): Promise<void>;
  /** Makes the container vanish at once, for good; its bytes are freed in the background. */
  remove(id: string): Promise<void>;
}

export interface StoreDeps {
  readonly dataDirectory: string;
  readonly runtimeDirectory: string;
  readonly workspace: Pick<Workspace, 'temporary' | 'discard'>;
  readonly log: Logger;
}

export function createContainerStore(deps: StoreDeps): ContainerStore {
  const root = join(deps.dataDirectory, 'containers');
  const paths = (id: string): ContainerPaths => containerPaths(join(root, id), deps.runtimeDirectory, id);
  return {
    paths,
    load: () => loadAll(root, deps.log),
    create: async (record, upper) => {
      const temporary = deps.workspace.temporary('container');
      try {
        await populate(containerPaths(temporary, deps.runtimeDirectory, record.id), record, upper);
        mkdirSync(root, { recursive: true, mode: 0o700 });
        renameSync(temporary, paths(record.id).directory);
        if (isKept(record)) await syncDirectory(root);
      } catch (error) {
        await deps.workspace.discard(temporary);
        throw error;
      }
    },
    save: (record) => writeFileAtomic(paths(record.id).record, JSON.stringify(record), { sync: isKept(record) }),
    remove: async (id) => {
      await deps.workspace.discard(paths(id).directory);
      rmSync(paths(id).runtime, { recursive: true, force: true });
    },
  };
}

/** A container with --rm need not survive a power cut, so nothing of it waits for the disk. */
const isKept = (record: ContainerRecord): boolean => !record.config.autoRemove;

function containerPaths(directory: string, runtimeDirectory: string, id: string): ContainerPaths {
  const runtime = join(runtimeDirectory, 'c', id.slice(0, 16));
  return {
    directory,
    record: join(directory, 'container.json'),
    bundle: join(directory, 'bundle'),
    spec: join(directory, 'bundle', 'config.json'),
    upper: join(directory, 'upper'),
    volumes: join(directory, 'volumes'),
    work: join(directory, 'work'),
    log: join(directory, 'log'),
    exit: join(directory, 'exit.json'),
    hosts: join(directory, 'hosts'),
    hostname: join(directory, 'hostname'),
    resolvConf: join(directory, 'resolv.conf'),
    runtime,
    attachSocket: join(runtime, 'attach.sock'),
  };
}

/** All but the record are small and need no disk: done at once, since a trip to another thread takes longer than the calls. */
async function populate(paths: ContainerPaths, record: ContainerRecord, upper: string | undefined): Promise<void> {
  const { hostname, host, naming = {} } = record.config;
  const names = host?.domainname === undefined ? hostname : `${hostname}.${host.domainname} ${hostname}`;
  mkdirSync(join(paths.bundle, 'rootfs'), { recursive: true, mode: 0o700 });
  // The upper folder's mode is the mode of the container's "/".
  if (upper === undefined) mkdirSync(paths.upper, { mode: 0o755 });
  else renameSync(upper, paths.upper);
  mkdirSync(paths.work, { mode: 0o700 });
  writeFileSync(paths.hosts, hostsText(names, naming), { mode: 0o644 });
  writeFileSync(paths.hostname, `${hostname}\n`, { mode: 0o644 });
  writeFileSync(paths.resolvConf, resolvText(naming), { mode: 0o644 });
  await writeNewFile(paths.record, JSON.stringify(record), isKept(record));
}

async function loadAll(root: string, log: Logger): Promise<ContainerRecord[]> {
  const names = await listNames(root);
  const records: ContainerRecord[] = [];
  for (const name of names.filter(isContainerId)) {
    try {
      const record = parseRecord(await readFile(join(root, name, 'container.json'), 'utf8'));
      if (record.id === name) records.push(record);
      else log.error(`load container ${name}: the record is of ${record.id}`);
    } catch (error) {
      log.error(`load container ${name}`, error);
      records.push(deadRecord(name, toEngineError(error, 'load').message));
    }
  }
  return records;
}
