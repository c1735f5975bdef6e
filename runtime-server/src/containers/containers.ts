// All containers of this server: the one place that changes a container's state, in memory and on disk, and tells of it.
// Knows layers and launcher; images come in as values. What a person types or reads is made elsewhere.

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { ContainerAction } from '../../protocol/events.ts';
import type { ContainerSummary, CreateOptions } from '../../protocol/models.ts';
import { conflict, toEngineError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { readStartTime } from '../launcher/process.ts';
import { connectShim, type ShimConnection } from '../launcher/shim-connection.ts';
import type { Launcher, StartedProcess } from '../launcher/shim.ts';
import { writeBundle, type BundleDeps, type TerminalSize } from './bundle.ts';
import { Cell, type Run } from './cell.ts';
import { newRecord } from './create.ts';
import { startExec, type ExecRequest, type StartedExec } from './exec.ts';
import { readExitStatus } from './exit-status.ts';
import { findContainer } from './lookup.ts';
import { checkName, generateName } from './names.ts';
import type { ContainerListener, SourceImage } from './ports.ts';
import type { ContainerRecord, RunState } from './record.ts';
import { SIGKILL } from './signals.ts';
import type { ContainerPaths, ContainerStore } from './store.ts';
import { summarize } from './summary.ts';

export interface ContainersDeps extends BundleDeps {
  readonly store: ContainerStore;
  readonly launcher: Launcher;
  readonly log: Logger;
  readonly onChange: ContainerListener;
  readonly now: () => Date;
}

export interface StartOptions {
  /** Keep output back until a client attaches. */
  readonly hold?: boolean;
  readonly size?: TerminalSize;
}

export interface Containers {
  /** Reads the records and takes over the containers that still run. Call once, before anything else. */
  recover(): Promise<void>;
  list(): readonly ContainerSummary[];
  records(): readonly ContainerRecord[];
  /** By name, id or unique prefix; throws NotFound or Conflict. */
  get(text: string, doing: string): ContainerRecord;
  summary(id: string): ContainerSummary | undefined;
  paths(id: string): ContainerPaths;
  create(options: CreateOptions, image: SourceImage): Promise<ContainerRecord>;
  /** Starting a running container does nothing, as in Docker. */
  start(id: string, options?: StartOptions): Promise<void>;
  /** Asks with the stop signal, then kills after `timeout` seconds. Does nothing when it does not run. */
  stop(id: string, timeout: number): Promise<void>;
  kill(id: string, signal: number): Promise<void>;
  /** Removes it; a running one only with `force`. */
  remove(id: string, options: { readonly force: boolean }): Promise<void>;
  exec(id: string, request: ExecRequest): Promise<StartedExec>;
  /** Lets held output go: its client will not come. */
  release(id: string): void;
  /** The state after the present run; at once when it does not run. */
  finished(id: string): Promise<RunState>;
  /** Drops the connections to shims; the containers go on. */
  close(): void;
}

/** The containers of one server. */
export function createContainers(deps: ContainersDeps): Containers {
  return new ContainerSet(deps);
}

class ContainerSet implements Containers {
  private readonly cells = new Map<string, Cell>();
  private readonly names = new Set<string>();
  private readonly deps: ContainersDeps;
  private closing = false;

  constructor(deps: ContainersDeps) {
    this.deps = deps;
  }

  async recover(): Promise<void> {
    const records = await this.deps.store.load();
    await Promise.all(records.map((record) => this.recoverOne(record)));
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

  async create(options: CreateOptions, image: SourceImage): Promise<ContainerRecord> {
    const name = this.takeName(options.name);
    try {
      const record = newRecord(options, image, { id: this.newId(), name, created: this.deps.now().toISOString() });
      await this.deps.store.create(record);
      const cell = new Cell(record);
      this.cells.set(record.id, cell);
      this.tell('create', cell);
      return record;
    } catch (cause) {
      this.names.delete(name);
      throw toEngineError(cause, `create container ${name}`);
    }
  }

  start(id: string, options: StartOptions = {}): Promise<void> {
    const cell = this.cell(id);
    return cell.exclusively(() => this.startCell(cell, options));
  }

  async stop(id: string, timeout: number): Promise<void> {
    const cell = this.cell(id);
    const { run } = cell;
    if (run === undefined || !cell.isRunning) return;
    run.shim.signal(cell.record.config.stopSignal);
    const timer = setTimeout(() => {
      run.shim.signal(SIGKILL);
    }, timeout * 1000);
    await run.finished;
    clearTimeout(timer);
  }

  async kill(id: string, signal: number): Promise<void> {
    const cell = this.cell(id);
    if (cell.run === undefined || !cell.isRunning) throw conflict(`kill ${cell.name}: the container is not running`);
    cell.run.shim.signal(signal);
    if (signal === SIGKILL) await cell.run.finished;
  }

  remove(id: string, { force }: { readonly force: boolean }): Promise<void> {
    const cell = this.cell(id);
    return cell.exclusively(async () => {
      if (cell.isRunning) {
        if (!force)
          throw conflict(`remove container ${cell.name}: it is running`, {
            hint: `Stop it first (slipway stop ${cell.name}), or use -f.`,
          });
        cell.run?.shim.signal(SIGKILL);
      }
      await cell.run?.finished;
      // A container with --rm is gone by now, removed by the end of its run.
      if (this.cells.has(cell.id)) await this.drop(cell);
    });
  }

  exec(id: string, request: ExecRequest): Promise<StartedExec> {
    const cell = this.cell(id);
    const { pid, startTime } = cell.record.run;
    if (!cell.isRunning || pid === undefined || startTime === undefined) {
      throw conflict(`exec in ${cell.name}: the container is not running`, {
        hint: `Start it first: slipway start ${cell.name}`,
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

  private async startCell(cell: Cell, options: StartOptions): Promise<void> {
    if (cell.isRunning) return;
    await cell.run?.finished;
    if (!this.cells.has(cell.id)) throw conflict(`start container ${cell.name}: it has been removed`);
    const doing = `start container ${cell.name}`;
    const before = cell.record.run;
    try {
      const process = await this.launch(cell, options, doing);
      cell.setRun({ state: 'running', ...process, startedAt: this.deps.now().toISOString() });
      const run = await this.watch(cell).catch(() => undefined);
      this.tell('start', cell);
      void this.persist(cell);
      // Over before anybody could look: only exit.json is left.
      if (run === undefined) await this.finish(cell, { how: 'lost' });
    } catch (cause) {
      const error = toEngineError(cause, doing);
      rmSync(this.paths(cell.id).runtime, { recursive: true, force: true });
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

  /** Connects to the shim and follows the run to its end. */
  private async watch(cell: Cell): Promise<Run> {
    const shim = await connectShim(this.paths(cell.id).attachSocket);
    const run: Run = { shim, finished: shim.ended.then((end) => this.finish(cell, end)) };
    cell.run = run;
    return run;
  }

  private async finish(cell: Cell, end: { readonly how: 'exit' | 'lost' }): Promise<RunState> {
    if (this.closing) return cell.record.run;
    const paths = this.paths(cell.id);
    const status = await readExitStatus(paths.exit);
    rmSync(paths.runtime, { recursive: true, force: true });
    cell.setRun(endedState(cell.record.run, end, status, this.deps.now()));
    this.tell('die', cell);
    if (cell.record.config.autoRemove) await this.drop(cell);
    else await this.persist(cell);
    cell.run = undefined;
    return cell.record.run;
  }

  private async drop(cell: Cell): Promise<void> {
    await this.deps.store.remove(cell.id);
    this.cells.delete(cell.id);
    this.names.delete(cell.name);
    this.tell('destroy', cell);
  }

  private async recoverOne(record: ContainerRecord): Promise<void> {
    const cell = new Cell(record);
    this.cells.set(record.id, cell);
    this.names.add(record.name);
    const running = await this.watch(cell).catch(() => undefined);
    if (running !== undefined) await this.adopt(cell, running.shim);
    else if (await this.endedUnseen(record)) await this.finish(cell, { how: 'lost' });
    else if (record.run.state === 'removing' || (record.config.autoRemove && record.run.state === 'exited'))
      await this.drop(cell);
  }

  private async adopt(cell: Cell, shim: ShimConnection): Promise<void> {
    // Whoever was to attach was told so by the former server.
    shim.release();
    const startTime = await readStartTime(shim.pid);
    const startedAt = cell.record.run.startedAt ?? this.deps.now().toISOString();
    cell.setRun({ state: 'running', pid: shim.pid, startedAt, ...(startTime === undefined ? {} : { startTime }) });
  }

  /** True when the container ran on or was started after the last save, and has ended since. */
  private async endedUnseen({ id, run }: ContainerRecord): Promise<boolean> {
    if (run.state === 'running') return true;
    const status = await readExitStatus(this.paths(id).exit);
    return status !== undefined && status.finishedAt !== run.finishedAt;
  }

  private takeName(wanted: string | undefined): string {
    if (wanted !== undefined) checkName(wanted);
    const name = wanted ?? generateName((candidate) => this.names.has(candidate));
    if (this.names.has(name)) {
      const holder = [...this.cells.values()].find((cell) => cell.name === name);
      const by = holder === undefined ? '' : ` by container ${holder.id.slice(0, 12)}`;
      throw conflict(`name container ${name}: the name is taken${by}`, {
        hint: 'Remove that container (slipway rm) or choose another name.',
      });
    }
    this.names.add(name);
    return name;
  }

  /** A fresh id; its first 12 digits, which people see, are unique too (and so the 16 that name its sockets). */
  private newId(): string {
    for (;;) {
      const id = randomBytes(32).toString('hex');
      if (![...this.cells.keys()].some((other) => other.startsWith(id.slice(0, 12)))) return id;
    }
  }
}

/** The state after a run: as the shim left it, or 137 (128+SIGKILL) with the reason when the shim itself was killed. */
function endedState(
  before: RunState,
  end: { readonly how: 'exit' | 'lost' },
  status: { readonly exitCode: number; readonly startedAt: string; readonly finishedAt: string } | undefined,
  now: Date,
): RunState {
  if (status !== undefined) return { state: 'exited', ...status };
  const started = before.startedAt === undefined ? {} : { startedAt: before.startedAt };
  const error = end.how === 'lost' ? 'its shim was killed' : 'its exit status could not be written';
  return { state: 'exited', ...started, finishedAt: now.toISOString(), exitCode: 137, error };
}
