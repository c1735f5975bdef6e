// Puts together what snapshots are made with. No logic.

import type { Logger } from '../../base/log.ts';
import type { Workspace } from '../../base/workspace.ts';
import { createPacker } from '../../layers/packer.ts';
import type { SnapshotsDeps } from './contract.ts';
import { createFrozen } from './frozen.ts';
import { createSnapshotStore } from './store.ts';

export interface SnapshotPlaces {
  readonly dataDirectory: string;
  /** Directory of the native programs. */
  readonly binDirectory: string;
  readonly workspace: Workspace;
  readonly log: Logger;
}

export function createSnapshotParts({
  dataDirectory,
  binDirectory,
  workspace,
  log,
}: SnapshotPlaces): Pick<SnapshotsDeps, 'snapshots' | 'frozen' | 'uppers' | 'workspace'> {
  const uppers = createPacker(binDirectory);
  const frozen = createFrozen({ dataDirectory, workspace, tool: uppers });
  return { snapshots: createSnapshotStore(dataDirectory, log), frozen, uppers, workspace };
}
