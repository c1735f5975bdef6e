// What is done to a container that runs, through its cgroup: pause, unpause, new limits. Knows one cell and the cgroups;
// containers.ts sees to order, disk and events.

import type { ResourceLimits } from '../../protocol/host-options.ts';
import { conflict, invalidArgument } from '../base/errors.ts';
import { root } from '../base/validate.ts';
import { requireDelegation, type Cgroups, type CgroupTarget } from '../launcher/cgroups.ts';
import { blockDevice } from '../launcher/devices.ts';
import { ociResources } from '../launcher/spec-resources.ts';
import type { Cell } from './cell.ts';
import { readHostOptions } from './host-options.ts';
import { checkLimits, LIMIT_NAMES, limitsOf, updateLimits } from './resources.ts';

/** Freezes it. Throws Conflict when it does not run or is frozen already. */
export async function pauseCell(cgroups: Cgroups, cell: Cell, target: CgroupTarget): Promise<void> {
  if (!cell.isRunning) throw conflict(`pause ${cell.name}: the container is not running`);
  if (cell.isPaused) throw conflict(`pause ${cell.name}: the container is already paused`);
  await cgroups.freeze(target, `pause ${cell.name}`);
  cell.setPaused(true);
}

/** Thaws it. Throws Conflict when it is not paused. */
export async function unpauseCell(cgroups: Cgroups, cell: Cell, target: CgroupTarget): Promise<void> {
  if (!cell.isPaused) throw conflict(`unpause ${cell.name}: the container is not paused`);
  await cgroups.thaw(target, `unpause ${cell.name}`);
  cell.setPaused(false);
}

/** Gives it other limits, in its record and, when it runs, in the kernel. Nothing changes when it throws. */
export async function updateCell(
  cgroups: Cgroups,
  cell: Cell,
  target: CgroupTarget,
  changes: ResourceLimits,
): Promise<void> {
  const asked = readHostOptions(root(changes));
  const names = Object.keys(asked);
  if (names.length === 0) throw invalidArgument(`update ${cell.name}: nothing to change`);
  const other = names.find((name) => !LIMIT_NAMES.includes(name as keyof ResourceLimits));
  if (other !== undefined) throw invalidArgument(`update ${cell.name}: ${other} is no limit`);
  const { config } = cell.record;
  const host = updateLimits(config.host ?? {}, asked);
  checkLimits(host);
  if (Object.keys(limitsOf(host)).length > 0) requireDelegation(cgroups.delegation, `update ${cell.name}`);
  const resources = ociResources(host, blockDevice);
  if (cell.isRunning && resources !== undefined) await cgroups.update(target, resources, `update ${cell.name}`);
  cell.record = { ...cell.record, config: { ...config, host } };
}
