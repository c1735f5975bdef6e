// The runs of containers: their start, their end, and the start that follows by itself. The one place that decides what an end means.
// Knows the launcher, the shim and the policies; not who asks, nor how containers are made and found.

import { rmSync } from 'node:fs';
import type { ContainerAction } from '../../protocol/events.ts';
import { toEngineError } from '../base/errors.ts';
import { killQuietly } from '../launcher/process.ts';
import { connectShim } from '../launcher/shim-connection.ts';
import type { StartedProcess } from '../launcher/shim.ts';
import { writeBundle } from './bundle.ts';
import { DEFAULT_LOG, logFiles } from './log-config.ts';
import type { Cell, Run } from './cell.ts';
import type { Attributes, ContainersDeps, StartOptions } from './contract.ts';
import { endedState, readExitStatus, type RunEnd } from './exit-status.ts';
import { tellVolumes } from './mount-sources.ts';
import { restartPolicy, type RunState } from './record.ts';
import { afterEnd, afterServerStart, type Restarts } from './restart.ts';

/** What the runs need of who keeps the containers. */
export interface RunsDeps extends ContainersDeps {
  tell(action: ContainerAction, cell: Cell, attributes?: Attributes): void;
  /** The record on disk follows the one in memory; never fails. */
  persist(cell: Cell): Promise<void>;
  /** Makes its directories what its record says. */
  settle(cell: Cell): Promise<void>;
  /** Takes a container away. */
  drop(cell: Cell): Promise<unknown>;
}

const FRESH: Restarts = { count: 0, delay: 0 };

export class Runs {
  private readonly deps: RunsDeps;
  private closing = false;
  /** Nothing starts by itself before the server is ready for it. */
  private resumed = false;
  private readonly waiting = new Set<Cell>();

  constructor(deps: RunsDeps) {
    this.deps = deps;
  }

  /** From now on nothing is recorded and nothing starts. */
  close(): void {
    this.closing = true;
  }

  /** From now on containers start by themselves. */
  resume(): void {
    this.resumed = true;
    for (const cell of this.waiting) this.wait(cell);
    this.waiting.clear();
  }

  /** Starts a container that does not run; only inside of `cell.exclusively`. */
  async start(cell: Cell, options: StartOptions): Promise<void> {
    const doing = `start container ${cell.name}`;
    const before = cell.record.run;
    try {
      const started = await this.launch(cell, options, doing);
      const { restarts } = options.again === true ? before : {};
      const startedAt = this.deps.now().toISOString();
      const kept = { boot: this.deps.boot, ...(restarts === undefined ? {} : { restarts }) };
      cell.setRun({ state: 'running', ...kept, ...started, startedAt });
      const run = await this.watch(cell).catch((error: unknown) => {
        // Nobody would ever learn of its end.
        killQuietly(started.pid);
        throw error;
      });
      tellVolumes(this.deps.volumes, 'mount', cell.record);
      this.deps.tell('start', cell);
      if (run !== undefined) void this.deps.persist(cell);
      // Over before anybody could look: only exit.json is left.
      else await this.finish(cell, 'lost');
    } catch (cause) {
      const error = toEngineError(cause, doing);
      this.removeSockets(cell);
      const state = before.state === 'restarting' ? 'exited' : before.state;
      cell.setRun({ ...before, state, error: error.message });
      await this.deps.persist(cell);
      this.deps.tell('update', cell);
      cell.tellEnd(cell.record.run);
      throw error;
    }
  }

  /** Connects to the shim and follows the run to its end. Undefined when there is no shim. */
  async watch(cell: Cell, patience?: number): Promise<Run | undefined> {
    const shim = await connectShim(this.deps.store.paths(cell.id).attachSocket, patience);
    if (shim === undefined) return undefined;
    const run: Run = { shim, finished: shim.ended.then(({ how }) => this.finish(cell, how)) };
    cell.run = run;
    return run;
  }

  /** Records the end of a run, and what follows from it. Resolves with the state after it, once it is on disk. */
  async finish(cell: Cell, end: RunEnd): Promise<RunState> {
    if (this.closing) return cell.record.run;
    const status = await readExitStatus(this.deps.store.paths(cell.id).exit);
    const ended = endedState(cell.record.run, end, status, this.deps.now());
    const restarts = this.whatFollows(cell, ended, end);
    cell.setRun(restarts === undefined ? ended : { ...ended, state: 'restarting', restarts });
    this.removeSockets(cell);
    if (end !== 'exit') await this.removeCgroup(cell);
    if (ended.oomKilled === true) this.deps.tell('oom', cell);
    this.deps.tell('die', cell, { exitCode: String(ended.exitCode) });
    tellVolumes(this.deps.volumes, 'unmount', cell.record);
    const leaves = cell.record.config.autoRemove && restarts === undefined;
    await (leaves ? this.dropOrKeep(cell) : this.deps.persist(cell));
    cell.run = undefined;
    cell.tellEnd(ended);
    if (restarts !== undefined && !cell.isKept) this.wait(cell);
    return ended;
  }

  /** What a new server makes of a container without a shim that it knew the end of: true when it will be started. */
  takeUp(cell: Cell): boolean {
    const { run } = cell.record;
    if (!afterServerStart(restartPolicy(cell.record), run, this.deps.boot)) return false;
    const restarts = run.boot === this.deps.boot ? run.restarts : undefined;
    cell.setRun({ ...run, state: 'restarting', restarts: restarts ?? FRESH });
    this.wait(cell);
    return true;
  }

  /** It is not started by itself any more; only while it waits for that. */
  giveUp(cell: Cell): Promise<void> {
    cell.forgetRestart();
    this.waiting.delete(cell);
    cell.setRun({ ...cell.record.run, state: 'exited', stopped: true });
    cell.tellEnd(cell.record.run);
    return this.deps.persist(cell);
  }

  private whatFollows(cell: Cell, ended: RunState, end: RunEnd): Restarts | undefined {
    const policy = restartPolicy(cell.record);
    if (cell.isKept) return ended.restarts ?? FRESH;
    if (end !== 'reboot') return afterEnd(policy, ended);
    // That end was none of its own: what counts is that there is a new server.
    return afterServerStart(policy, ended, this.deps.boot) ? FRESH : undefined;
  }

  private wait(cell: Cell): void {
    if (!this.resumed) {
      this.waiting.add(cell);
      return;
    }
    const again = (): void => {
      cell.forgetRestart();
      this.startAgain(cell).catch((error: unknown) => {
        this.deps.log.warn(`restart container ${cell.id}: ${toEngineError(error, 'restart').message}`);
      });
    };
    cell.awaitRestart(this.deps.schedule(cell.record.run.restarts?.delay ?? 0, again));
  }

  private startAgain(cell: Cell): Promise<void> {
    return cell.exclusively(async () => {
      // Somebody was faster.
      if (this.closing || !cell.isRestarting) return;
      await this.start(cell, { again: true });
    });
  }

  private async launch(cell: Cell, options: StartOptions, doing: string): Promise<StartedProcess> {
    const paths = this.deps.store.paths(cell.id);
    rmSync(paths.exit, { force: true });
    await this.deps.settle(cell);
    await writeBundle(this.deps, cell.record, paths, options.size);
    const files = logFiles(cell.record.config.log ?? DEFAULT_LOG);
    return this.deps.launcher.start(
      {
        bundle: paths.bundle,
        socket: paths.attachSocket,
        exitFile: paths.exit,
        ...(files === undefined ? {} : { log: { file: paths.log, ...files } }),
        stdin: cell.record.config.interactive,
        hold: options.hold ?? false,
      },
      doing,
    );
  }

  /** What can't be removed now (a full or broken disk) stays, exited, and can be removed later. */
  private async dropOrKeep(cell: Cell): Promise<void> {
    try {
      await this.deps.drop(cell);
    } catch (error) {
      this.deps.log.error(`remove container ${cell.id}`, error);
      await this.deps.persist(cell);
    }
  }

  private removeSockets(cell: Cell): void {
    try {
      rmSync(this.deps.store.paths(cell.id).runtime, { recursive: true, force: true });
    } catch (error) {
      this.deps.log.error(`remove the sockets of ${cell.id}`, error);
    }
  }

  /** A shim does this itself, unless it was killed. */
  private async removeCgroup(cell: Cell): Promise<void> {
    try {
      await this.deps.cgroups.remove({ id: cell.id, bundle: this.deps.store.paths(cell.id).bundle });
    } catch (error) {
      this.deps.log.error(`remove the cgroup of ${cell.id}`, error);
    }
  }
}
