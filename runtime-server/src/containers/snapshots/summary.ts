// Snapshots as the lists of both apis show them. Reads only.

import type { SnapshotSummary } from '../../../protocol/models.ts';
import { compact } from '../../base/validate.ts';
import type { Containers } from '../contract.ts';
import type { Snapshot } from './snapshot.ts';

/** Of one container (ID), or of all; the newest first. */
export function listSnapshots(containers: SnapshotSource, container?: string): Promise<readonly SnapshotSummary[]> {
  return Promise.all(containers.snapshots.list(container).map((snapshot) => summarizeSnapshot(containers, snapshot)));
}

/** What is asked for them. */
export type SnapshotSource = Pick<Containers, 'records' | 'snapshots'>;

export async function summarizeSnapshot(containers: SnapshotSource, snapshot: Snapshot): Promise<SnapshotSummary> {
  const { id, name, container, created, automatic } = snapshot;
  const containerName = containers.records().find((record) => record.id === container)?.name ?? '';
  return compact({
    id,
    name,
    container,
    containerName,
    created,
    size: await containers.snapshots.size(snapshot),
    automatic,
  });
}
