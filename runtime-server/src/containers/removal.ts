// Taking away what a container has on the disk, for good or so that it can be restored. Knows no state and nobody who asks.

import type { ContainersDeps, RemoveOptions } from './contract.ts';
import { removeAnonymous } from './mount-sources.ts';
import type { ContainerRecord } from './record.ts';
import type { Removed } from './removed.ts';

export interface RemovalDeps extends Pick<ContainersDeps, 'store' | 'volumes'> {
  readonly removed: Pick<Removed, 'wants' | 'take'>;
  /** All containers there are. */
  readonly records: () => readonly ContainerRecord[];
}

/** True when it can be restored for a while. The record has the state from before the removal. */
export async function removeFiles(
  { store, volumes, removed, records }: RemovalDeps,
  record: ContainerRecord,
  how: Omit<RemoveOptions, 'force'>,
): Promise<boolean> {
  const { id, run, config } = record;
  const wanted = how.purge !== true && (await removed.wants(run));
  // Before it: a server that dies in between leaves a container to remove, no volume that nobody knows.
  if (how.volumes === true || run.provisional === true || config.autoRemove) {
    const others = (): readonly ContainerRecord[] => records().filter((other) => other.id !== id);
    await removeAnonymous(volumes, record, others, wanted ? store.paths(id).volumes : undefined);
  }
  if (wanted && (await removed.take(record))) return true;
  await store.remove(id);
  return false;
}
