// All containers of this server: the one place that changes a container's state, in memory and on disk, and tells of it.
// Knows layers and launcher; images come in as values. What a person types or reads is made elsewhere.

import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ContainerAction } from '../../protocol/events.ts';
import type { ResourceLimits } from '../../protocol/host-options.ts';
import type { ContainerSummary, CreateOptions } from '../../protocol/models.ts';
import { conflict, toEngineError } from '../base/errors.ts';
import { killQuietly } from '../launcher/process.ts';
import { connectShim } from '../launcher/shim-connection.ts';
import { requireDelegation, type CgroupTarget } from '../launcher/cgroups.ts';
import type { StartedProcess } from '../launcher/shim.ts';
import { MOUNT_PLACES } from '../launcher/spec.ts';
import { writeBundle } from './bundle.ts';
import type { ContainerFiles, Containers, ContainersDeps, StartOptions } from './contract.ts';
import { Cell, type Run } from './cell.ts';
import { checkOptions, newRecord } from './create.ts';
import { startExec, type ExecRequest, type StartedExec } from './exec.ts';
import { endedState, readExitStatus } from './exit-status.ts';
import { holdCell, killCell, pauseCell, stopCell, unpauseCell, updateCell } from './live.ts';
import { Identities } from './identities.ts';
import { findContainer } from './lookup.ts';
import type { SourceImage } from './ports.ts';
import type { ContainerRecord, RunState } from './record.ts';
import { Recovery } from './recovery.ts';
import { SIGKILL } from '../base/signals.ts';
import type { ContainerPaths } from './store.ts';
import { summarize } from './summary.ts';

/** The containers of one server. */
export function createContainers(deps: ContainersDeps): Containers {
  return new ContainerSet(deps);
}

class ContainerSet implements Containers {
  private readonly cells = new Map<string, Cell>();
  private readonly identities = new Identities(() => this.cells.values());
  private readonly deps: ContainersDeps;
  private closing = false;

  constructor(deps: ContainersDeps) {
    this.deps = deps;
  }

  async recover(): Promise<void> {
    const recovery = new Recovery(this.deps, {
      watch: (cell, patience) => this.watch(cell, patience),
      finish: (cell) => this.finish(cell, { how: 'lost' }),
      unpause: (cell) => this.unpause(cell.id),
      drop: (cell) => this.drop(cell),
    });
    await recovery.all(await this.deps.store.load(), (record) => {
      const cell = new Cell(record);
      this.cells.set(record.id, cell);
      this.identities.add(record.name);
      return cell;
    });
  }

  list(): readonly ContainerSummary[] {
    const now = this.deps.now();
    return this.records()
      .map((record) => summarize(record, now))
      .sort((a, b) => (a.created < b.created ? 1 : -1));
  }

  records(): readonly ContainerRecord[] {
    return [...this.cells.values()].map((cell) => cell.record);
  }

  get(text: string, doing: string): ContainerRecord {
    return findContainer(this.cells.values(), text, doing).record;
  }

  summary(id: string): ContainerSummary | undefined {
    const cell = this.cells.get(id);
    return cell === undefined ? undefined : summarize(cell.record, this.deps.now());
  }

  paths(id: string): ContainerPaths {
    return this.deps.store.paths(id);
  }

  check(options: CreateOptions): void {
    if (checkOptions(options).limited) requireDelegation(this.deps.cgroups.delegation, 'limit container');
  }

  async create(options: CreateOptions, image: SourceImage, provisional = false): Promise<ContainerRecord> {
    this.check(options);
    const name = this.identities.take(options.name);
    try {
      const created = this.deps.now().toISOString();
      const identity = { id: this.identities.newId(), name, created, machine: hostname() };
      const record = newRecord(options, image, identity, provisional);
      await this.deps.store.create(record);
      const cell = new Cell(record);
      this.cells.set(record.id, cell);
      this.tell('create', cell);
      return record;
    } catch (cause) {
      this.identities.free(name);
      throw toEngineError(cause, `create container ${name}`);
    }
  }

  start(id: string, options: StartOptions = {}): Promise<ContainerSummary> {
    const cell = this.cell(id);
    return cell.exclusively(() => this.startCell(cell, options));
  }

  stop(id: string, timeout: number): Promise<void> {
    return stopCell(this.cell(id), timeout, () => this.unpause(id));
  }

  kill(id: string, signal: number): Promise<void> {
    return killCell(this.cell(id), signal, () => this.unpause(id));
  }

  pause(id: string): Promise<void> {
    return this.change(id, 'pause', (cell, target) => pauseCell(this.deps.cgroups, cell, target));
  }

  hold(id: string): Promise<void> {
    return this.change(id, 'pause', (cell, target) =>
      holdCell(this.deps.cgroups, cell, target, () => this.persist(cell)),
    );
  }

  unpause(id: string): Promise<void> {
    return this.change(id, 'unpause', (cell, target) => unpauseCell(this.deps.cgroups, cell, target));
  }

  update(id: string, limits: ResourceLimits): Promise<void> {
    return this.change(id, 'update', (cell, target) => updateCell(this.deps.cgroups, cell, target, limits));
  }

  remove(id: string, { force }: { readonly force: boolean }): Promise<void> {
    const cell = this.cell(id);
    return cell.exclusively(async () => {
      if (cell.isRunning) {
        if (!force)
          throw conflict(`remove container ${cell.name}: it is ${cell.isPaused ? 'paused' : 'running'}`, {
            hint: `Stop it first (slipway stop ${cell.name}), or use -f.`,
          });
        cell.reachable('remove').shim.signal(SIGKILL);
      }
      await cell.run?.finished;
      // A container with --rm is gone by now, removed by the end of its run.
      if (this.cells.has(cell.id)) await this.drop(cell);
    });
  }

  read<T>(id: string, work: (files: ContainerFiles, signal: AbortSignal) => Promise<T>): Promise<T> {
    const cell = this.cell(id);
    const files = { upper: this.paths(cell.id).upper, hide: MOUNT_PLACES };
    return cell.reading((signal) => work(files, signal));
  }

  exec(id: string, request: ExecRequest): Promise<StartedExec> {
    const cell = this.cell(id);
    const { pid, startTime } = cell.record.run;
    if (!cell.isRunning || pid === undefined || startTime === undefined) {
      throw conflict(`exec in ${cell.name}: the container is not running`, {
        hint: `Start it first: slipway start ${cell.name}`,
      });
    }
    if (cell.isPaused) {
      throw conflict(`exec in ${cell.name}: the container is paused, unpause the container before exec`, {
        hint: `Let it go on: slipway unpause ${cell.name}`,
      });
    }
    const target = {
      record: cell.record,
      init: { pid, startTime },
      paths: this.paths(id),
      number: cell.nextExecNumber(),
    };
    return startExec(this.deps.launcher, target, request);
  }

  release(id: string): void {
    this.cells.get(id)?.run?.shim.release();
  }

  async finished(id: string): Promise<RunState> {
    const cell = this.cells.get(id);
    return cell?.run?.finished ?? cell?.record.run ?? { state: 'exited' };
  }

  close(): void {
    this.closing = true;
    for (const cell of this.cells.values()) cell.run?.shim.close();
  }

  /** One change of a container, kept and told once it has succeeded. */
  private change(
    id: string,
    action: ContainerAction,
    act: (cell: Cell, target: CgroupTarget) => Promise<void>,
  ): Promise<void> {
    const cell = this.cell(id);
    return cell.exclusively(async () => {
      await act(cell, { id: cell.id, bundle: this.paths(cell.id).bundle });
      // Its end, if it came in between, has been told and kept.
      if (!this.cells.has(cell.id)) return;
      await this.persist(cell);
      this.tell(action, cell);
    });
  }

  private cell(id: string): Cell {
    return findContainer(this.cells.values(), id, 'find container');
  }

  private tell(action: ContainerAction, cell: Cell): void {
    this.deps.onChange(action, cell.id, this.summary(cell.id));
  }

  /** The record on disk follows the one in memory; nobody waits for it, and a failure costs a restart of the server nothing: exit.json and the socket tell the state. */
  private persist(cell: Cell): Promise<void> {
    return cell
      .save(() => this.deps.store.save(cell.record))
      .catch((error: unknown) => {
        this.deps.log.error(`save container ${cell.id}`, error);
      });
  }

  private async startCell(cell: Cell, options: StartOptions): Promise<ContainerSummary> {
    if (cell.isPaused) {
      throw conflict(`start container ${cell.name}: cannot start a paused container, try unpause instead`, {
        hint: `Let it go on: slipway unpause ${cell.name}`,
      });
    }
    if (cell.isRunning) return summarize(cell.record, this.deps.now());
    await cell.run?.finished;
    if (!this.cells.has(cell.id)) throw conflict(`start container ${cell.name}: it has been removed`);
    if (cell.record.run.state === 'dead') {
      throw conflict(`start container ${cell.name}: its record is damaged`, {
        hint: `Remove it: slipway rm ${cell.name}`,
      });
    }
    const doing = `start container ${cell.name}`;
    const before = cell.record.run;
    try {
      const started = await this.launch(cell, options, doing);
      cell.setRun({ state: 'running', ...started, startedAt: this.deps.now().toISOString() });
      const run = await this.watch(cell).catch((error: unknown) => {
        // Nobody would ever learn of its end.
        killQuietly(started.pid);
        throw error;
      });
      const summary = summarize(cell.record, this.deps.now());
      this.tell('start', cell);
      if (run !== undefined) void this.persist(cell);
      // Over before anybody could look: only exit.json is left.
      else await this.finish(cell, { how: 'lost' });
      return summary;
    } catch (cause) {
      const error = toEngineError(cause, doing);
      this.removeSockets(cell);
      cell.setRun({ ...before, error: error.message });
      await this.persist(cell);
      this.tell('update', cell);
      throw error;
    }
  }

  private async launch(cell: Cell, options: StartOptions, doing: string): Promise<StartedProcess> {
    const paths = this.paths(cell.id);
    rmSync(paths.exit, { force: true });
    await writeBundle(this.deps, cell.record, paths, options.size);
    return this.deps.launcher.start(
      {
        bundle: paths.bundle,
        socket: paths.attachSocket,
        exitFile: paths.exit,
        logFile: paths.log,
        stdin: cell.record.config.interactive,
        hold: options.hold ?? false,
      },
      doing,
    );
  }

  /** Connects to the shim and follows the run to its end. Undefined when there is no shim. */
  private async watch(cell: Cell, patience?: number): Promise<Run | undefined> {
    const shim = await connectShim(this.paths(cell.id).attachSocket, patience);
    if (shim === undefined) return undefined;
    const run: Run = { shim, finished: shim.ended.then((end) => this.finish(cell, end)) };
    cell.run = run;
    return run;
  }

  private async finish(cell: Cell, end: { readonly how: 'exit' | 'lost' }): Promise<RunState> {
    if (this.closing) return cell.record.run;
    const status = await readExitStatus(this.paths(cell.id).exit);
    cell.setRun(endedState(cell.record.run, end, status, this.deps.now()));
    this.removeSockets(cell);
    if (end.how === 'lost') await this.removeCgroup(cell);
    if (cell.record.run.oomKilled === true) this.tell('oom', cell);
    this.tell('die', cell);
    await (cell.record.config.autoRemove ? this.dropOrKeep(cell) : this.persist(cell));
    cell.run = undefined;
    return cell.record.run;
  }

  /** What can't be removed now (a full or broken disk) stays, exited, and can be removed later. */
  private async dropOrKeep(cell: Cell): Promise<void> {
    try {
      await this.drop(cell);
    } catch (error) {
      this.deps.log.error(`remove container ${cell.id}`, error);
      await this.persist(cell);
    }
  }

  private removeSockets(cell: Cell): void {
    try {
      rmSync(this.paths(cell.id).runtime, { recursive: true, force: true });
    } catch (error) {
      this.deps.log.error(`remove the sockets of ${cell.id}`, error);
    }
  }

  /** A shim does this itself, unless it was killed. */
  private async removeCgroup(cell: Cell): Promise<void> {
    try {
      await this.deps.cgroups.remove({ id: cell.id, bundle: this.paths(cell.id).bundle });
    } catch (error) {
      this.deps.log.error(`remove the cgroup of ${cell.id}`, error);
    }
  }

  private async drop(cell: Cell): Promise<void> {
    await Promise.all([cell.saved(), cell.endReading()]);
    await this.deps.store.remove(cell.id);
    this.cells.delete(cell.id);
    this.identities.free(cell.name);
    this.tell('destroy', cell);
  }
}
