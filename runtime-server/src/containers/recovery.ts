// What a new server makes of the containers that an earlier one has left: running, ended meanwhile, half removed. Knows neither
// how a container is started nor what anybody asks of it.

import { compact } from '../base/validate.ts';
import { readStartTime } from '../launcher/process.ts';
import type { Cell, Run } from './cell.ts';
import type { ContainersDeps } from './contract.ts';
import { readExitStatus, type RunEnd } from './exit-status.ts';
import type { ContainerRecord } from './record.ts';
import { isLive } from './states.ts';

/** Milliseconds that a new server waits for one shim before it goes on without. */
const SHIM_PATIENCE = 3000;

/** What recovery does with a container through the one place that changes it. */
export interface Changes {
  /** Connects to the shim and follows the run to its end; undefined when there is no shim. */
  watch(cell: Cell, patience?: number): Promise<Run | undefined>;
  /** Records the end of a run whose shim is gone. */
  finish(cell: Cell, end: RunEnd): Promise<unknown>;
  /** Has one that has ended start again by itself, where that is its policy. */
  takeUp(cell: Cell): boolean;
  unpause(cell: Cell): Promise<void>;
  /** Takes the container away. */
  drop(cell: Cell): Promise<unknown>;
}

/** Finds out what has become of containers. */
export class Recovery {
  private readonly deps: Pick<ContainersDeps, 'boot' | 'cgroups' | 'log' | 'now' | 'store'>;
  private readonly changes: Changes;

  constructor(deps: Pick<ContainersDeps, 'boot' | 'cgroups' | 'log' | 'now' | 'store'>, changes: Changes) {
    this.deps = deps;
    this.changes = changes;
  }

  /** All at the same time; one that can't be recovered keeps nobody from the others. `take`: makes a container known. */
  async all(records: readonly ContainerRecord[], take: (record: ContainerRecord) => Cell): Promise<void> {
    const recover = async (record: ContainerRecord): Promise<void> => {
      try {
        await this.one(take(record));
      } catch (error) {
        this.deps.log.error(`recover container ${record.id}`, error);
      }
    };
    await Promise.all(records.map(recover));
  }

  private async one(cell: Cell): Promise<void> {
    const { record } = cell;
    try {
      await this.settle(cell, await this.changes.watch(cell, SHIM_PATIENCE));
    } catch (error) {
      // A shim that is there but does not answer (stopped, starved): its container is listed, and taken over when it does.
      this.deps.log.error(`recover container ${cell.id}`, error);
      const { pid, startTime } = record.run;
      if (pid === undefined || (await readStartTime(pid)) !== startTime) return;
      cell.setRun({ ...record.run, state: 'running' });
      this.changes
        .watch(cell)
        .then((run) => this.settle(cell, run))
        .catch((again: unknown) => {
          this.deps.log.error(`recover container ${cell.id}`, again);
        });
    }
  }

  /** What a new server makes of a container whose shim it has found, or not. */
  private async settle(cell: Cell, run: Run | undefined): Promise<void> {
    const { record } = cell;
    if (run !== undefined) await this.adopt(cell, run);
    else if (await this.endedUnseen(record)) await this.changes.finish(cell, this.endOf(record));
    else if (this.changes.takeUp(cell)) return;
    else if (record.run.provisional === true || (record.config.autoRemove && record.run.state === 'exited'))
      await this.changes.drop(cell);
  }

  private async adopt(cell: Cell, run: Run): Promise<void> {
    const { pid } = run.shim;
    const { held, startedAt = this.deps.now().toISOString(), ...before } = cell.record.run;
    const { boot = this.deps.boot, restarts, stopped, health } = before;
    cell.setRun(compact({ state: 'running' as const, boot, restarts, stopped, health, pid, startedAt }));
    const frozen = await this.deps.cgroups.isFrozen(cell.id);
    if (frozen && cell.run === run) cell.setPaused(true);
    if (held === true && cell.isPaused) await this.changes.unpause(cell);
    // Whoever was to attach was told so by the former server.
    run.shim.release();
    const startTime = await readStartTime(pid);
    if (cell.run === run && cell.isRunning && startTime !== undefined) cell.setRun({ ...cell.record.run, startTime });
  }

  private endOf({ run: { boot } }: ContainerRecord): RunEnd {
    return boot === undefined || boot === this.deps.boot ? 'lost' : 'reboot';
  }

  /** True when the container ran on or was started after the last save, and has ended since. */
  private async endedUnseen({ id, run }: ContainerRecord): Promise<boolean> {
    if (isLive(run.state)) return true;
    const status = await readExitStatus(this.deps.store.paths(id).exit);
    return status !== undefined && status.finishedAt !== run.finishedAt;
  }
}
