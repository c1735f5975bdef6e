// What lies below a container's own directory: what was frozen of it, then its image's layers. The one place that says so.

import type { LayerSource } from './ports.ts';
import type { ContainerRecord } from './record.ts';
import type { Frozen } from './snapshots/frozen.ts';

export interface LowerSources {
  readonly layers: LayerSource;
  readonly frozen: Pick<Frozen, 'lowerDirs'>;
}

/** Absolute folders, top first. Rejects with DataLoss when one is missing. */
export async function lowerDirsOf(
  { layers, frozen }: LowerSources,
  { stack = [], image }: ContainerRecord,
): Promise<readonly string[]> {
  const [own, below] = await Promise.all([frozen.lowerDirs(stack), layers.lowerDirs(image.diffIds)]);
  return [...own, ...below];
}
