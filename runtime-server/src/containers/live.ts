// What is done to a container that runs: signals to it, and through its cgroup pause, unpause, new limits. Knows one cell and
// the cgroups; containers.ts sees to order, disk and events.

import type { ResourceLimits } from '../../protocol/host-options.ts';
import { conflict, invalidArgument } from '../base/errors.ts';
import { SIGKILL } from '../base/signals.ts';
import { root } from '../base/validate.ts';
import { requireDelegation, type Cgroups, type CgroupTarget } from '../launcher/cgroups.ts';
import { blockDevice } from '../launcher/devices.ts';
import { ociResources } from '../launcher/spec-resources.ts';
import type { Cell } from './cell.ts';
import { readHostOptions } from './host-options.ts';
import { checkLimits, LIMIT_NAMES, limitsOf, updateLimits } from './resources.ts';

/** setTimeout's limit. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Asks with its stop signal, then kills after `timeout` seconds (never, when negative). `unpause` lets a paused one hear it. */
export async function stopCell(cell: Cell, timeout: number, unpause: () => Promise<void>): Promise<void> {
  await cell.settled();
  if (!cell.isRunning) return;
  const run = cell.reachable('stop');
  run.shim.signal(cell.record.config.stopSignal);
  // The signal waits for it.
  if (cell.isPaused) await unpause();
  const kill = (): void => {
    run.shim.signal(SIGKILL);
  };
  const timer = timeout < 0 ? undefined : setTimeout(kill, Math.min(timeout * 1000, LONGEST_TIMER));
  await run.finished;
  clearTimeout(timer);
}

/** Sends it a signal; resolves after its end when the signal is SIGKILL. */
export async function killCell(cell: Cell, signal: number, unpause: () => Promise<void>): Promise<void> {
  await cell.settled();
  if (!cell.isRunning) throw conflict(`kill ${cell.name}: the container is not running`);
  const run = cell.reachable('kill');
  run.shim.signal(signal);
  // SIGKILL reaches the frozen too (kernel, cgroup-v2.rst, "cgroup.freeze").
  if (signal === SIGKILL) await run.finished;
  else if (cell.isPaused && signal === cell.record.config.stopSignal) await unpause();
}

/** Freezes it. Throws Conflict when it does not run or is frozen already. */
export async function pauseCell(cgroups: Cgroups, cell: Cell, target: CgroupTarget): Promise<void> {
  if (!cell.isRunning) throw conflict(`pause ${cell.name}: the container is not running`);
  if (cell.isPaused) throw conflict(`pause ${cell.name}: the container is already paused`);
  await cgroups.freeze(target, `pause ${cell.name}`);
  cell.setPaused(true);
}

/**
 * Freezes it for a while of the engine's own, which `save` has on the disk before: a server that dies meanwhile must not leave it so.
 * Throws as {@link pauseCell} does.
 */
export async function holdCell(
  cgroups: Cgroups,
  cell: Cell,
  target: CgroupTarget,
  save: () => Promise<void>,
): Promise<void> {
  if (!cell.isRunning) throw conflict(`pause ${cell.name}: the container is not running`);
  cell.setRun({ ...cell.record.run, held: true });
  try {
    await save();
    await pauseCell(cgroups, cell, target);
  } catch (error) {
    cell.setRun({ ...cell.record.run, held: false });
    throw error;
  }
}

/** Thaws it. Throws Conflict when it is not paused. */
export async function unpauseCell(cgroups: Cgroups, cell: Cell, target: CgroupTarget): Promise<void> {
  if (!cell.isPaused) throw conflict(`unpause ${cell.name}: the container is not paused`);
  await cgroups.thaw(target, `unpause ${cell.name}`);
  cell.setPaused(false);
  cell.setRun({ ...cell.record.run, held: false });
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
