// What is done to a container that runs: signals to it, and through its cgroup pause, unpause, new limits. Knows one cell and
// the cgroups; containers.ts sees to order, disk and events.

import type { ResourceLimits } from '../../protocol/host-options.ts';
import { invalidArgument } from '../base/errors.ts';
import type { Schedule } from '../base/schedule.ts';
import { SIGKILL } from '../base/signals.ts';
import { root } from '../base/validate.ts';
import { requireDelegation, type Cgroups, type CgroupTarget } from '../launcher/cgroups.ts';
import { blockDevice } from '../launcher/devices.ts';
import { ociResources } from '../launcher/spec-resources.ts';
import type { Cell } from './cell.ts';
import type { ContainerChanges } from './contract.ts';
import { checkRestart } from './create.ts';
import { readHostOptions } from './host-options.ts';
import { checkLimits, LIMIT_NAMES, limitsOf, updateLimits } from './resources.ts';

/** How a container is asked to end. */
export interface StopOptions {
  /** Seconds until it is killed, never when negative; absent: what the container was created with, or 10. */
  readonly timeout?: number | undefined;
  /** Instead of its stop signal. */
  readonly signal?: number | undefined;
}

const STOP_SECONDS = 10;

/** What stopping and killing need of who keeps the containers. */
export interface StopActions {
  readonly schedule: Schedule;
  /** Lets a paused one hear the signal. */
  unpause(): Promise<void>;
  /** Before a signal goes out. */
  onSignal(signal: number): void;
}

/** Asks a running one to end, then kills it after a while. Resolves after its recorded end. */
export async function stopCell(cell: Cell, { timeout, signal }: StopOptions, actions: StopActions): Promise<void> {
  const { config } = cell.record;
  const run = cell.reachable('stop');
  const send = (number: number): void => {
    actions.onSignal(number);
    run.shim.signal(number);
  };
  send(signal ?? config.stopSignal);
  // The signal waits for it.
  if (cell.isPaused) await actions.unpause();
  const seconds = timeout ?? config.stopTimeout ?? STOP_SECONDS;
  const kill = (): void => {
    send(SIGKILL);
  };
  const cancel = seconds < 0 ? undefined : actions.schedule(seconds * 1000, kill);
  await run.finished;
  cancel?.();
}

export interface RestartActions extends StopActions {
  onStopped(): void;
  start(): Promise<void>;
}

/** Stops it, where it runs, does something, and starts it again, whatever came of that; with --rm it stays in between. */
export async function restartCell<T>(
  cell: Cell,
  options: StopOptions,
  actions: RestartActions,
  between: () => Promise<T>,
): Promise<T> {
  await cell.settled();
  cell.may('restart');
  return cell.keeping(async () => {
    if (cell.isRunning) {
      await stopCell(cell, options, actions);
      actions.onStopped();
    }
    return cell.exclusively(async () => {
      try {
        return await between();
      } finally {
        if (!cell.isRunning) await actions.start();
      }
    });
  });
}

/** Sends a running one a signal; resolves after its end when the signal is SIGKILL. */
export async function killCell(cell: Cell, signal: number, actions: Omit<StopActions, 'schedule'>): Promise<void> {
  const run = cell.reachable('kill');
  actions.onSignal(signal);
  run.shim.signal(signal);
  // SIGKILL reaches the frozen too (kernel, cgroup-v2.rst, "cgroup.freeze").
  if (signal === SIGKILL) await run.finished;
  else if (cell.isPaused && signal === cell.record.config.stopSignal) await actions.unpause();
}

/** Freezes it. Throws Conflict when it does not run or is frozen already. */
export async function pauseCell(cgroups: Cgroups, cell: Cell, target: CgroupTarget): Promise<void> {
  cell.may('pause');
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
  cell.may('pause');
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
  cell.may('unpause');
  await cgroups.thaw(target, `unpause ${cell.name}`);
  cell.setPaused(false);
  cell.setRun({ ...cell.record.run, held: false });
}

/** Gives it other limits, in its record and, when it runs, in the kernel, and another restart policy. Nothing changes when it throws. */
export async function updateCell(
  cgroups: Cgroups,
  cell: Cell,
  target: CgroupTarget,
  { restart, ...changes }: ContainerChanges,
): Promise<void> {
  cell.may('update');
  const asked = readHostOptions(root(changes));
  const names = Object.keys(asked);
  if (names.length === 0 && restart === undefined) throw invalidArgument(`update ${cell.name}: nothing to change`);
  const other = names.find((name) => !LIMIT_NAMES.includes(name as keyof ResourceLimits));
  if (other !== undefined) throw invalidArgument(`update ${cell.name}: ${other} is no limit`);
  const { config } = cell.record;
  if (restart !== undefined) checkRestart(restart, config.autoRemove);
  const host = updateLimits(config.host ?? {}, asked);
  checkLimits(host);
  if (names.length > 0 && Object.keys(limitsOf(host)).length > 0)
    requireDelegation(cgroups.delegation, `update ${cell.name}`);
  const resources = names.length === 0 ? undefined : ociResources(host, blockDevice);
  const doing = `update ${cell.name}`;
  if (resources !== undefined)
    await (cell.isRunning ? cgroups.update(target, resources, doing) : cgroups.check(resources, doing));
  cell.record = { ...cell.record, config: { ...config, host, ...(restart === undefined ? {} : { restart }) } };
}
