// The snapshots on the disk: <data>/snapshots/<id>.json, one small file each. Knows no container.

import { mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss } from '../../base/errors.ts';
import { listNames, writeFileAtomic } from '../../base/fs.ts';
import { formatJson } from '../../base/json.ts';
import type { Logger } from '../../base/log.ts';
import { isContainerId } from '../record.ts';
import { parseSnapshot, type Snapshot } from './snapshot.ts';

export interface SnapshotStore {
  /** All that can be read; of the others the log tells. */
  load(): Promise<readonly Snapshot[]>;
  save(snapshot: Snapshot): Promise<void>;
  remove(id: string): Promise<void>;
}

export function createSnapshotStore(dataDirectory: string, log: Logger): SnapshotStore {
  const root = join(dataDirectory, 'snapshots');
  const file = (id: string): string => join(root, `${id}.json`);
  return {
    async load() {
      const ids = (await listNames(root)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
      const read = await Promise.all(ids.filter(isContainerId).map((id) => readSnapshot(file(id), id, log)));
      return read.filter((snapshot) => snapshot !== undefined);
    },
    async save(snapshot) {
      mkdirSync(root, { recursive: true, mode: 0o700 });
      await writeFileAtomic(file(snapshot.id), formatJson(snapshot));
    },
    remove: (id) => rm(file(id), { force: true }),
  };
}

async function readSnapshot(path: string, id: string, log: Logger): Promise<Snapshot | undefined> {
  try {
    const snapshot = parseSnapshot(await readFile(path, 'utf8'));
    if (snapshot.id === id) return snapshot;
    throw dataLoss(`it is of ${snapshot.id}`);
  } catch (error) {
    log.error(`load snapshot ${id}`, error);
    return undefined;
  }
}
