// All containers of this server: who may do what to which, in order; each change is kept on disk and told. Starts and ends are
// runs.ts's. Images come in as values. What a person types or reads is made elsewhere.

import { hostname } from 'node:os';
import type { ContainerAction } from '../../protocol/events.ts';
import type { ContainerSummary, CreateOptions } from '../../protocol/models.ts';
import { conflict, toEngineError } from '../base/errors.ts';
import type { CgroupTarget } from '../launcher/cgroups.ts';
import { MOUNT_PLACES } from '../launcher/spec.ts';
import { compact } from '../base/validate.ts';
import { Cell } from './cell.ts';
import type {
  Attributes,
  ContainerChanges,
  ContainerFiles,
  Containers,
  ContainersDeps,
  RemoveOptions,
  StartOptions,
} from './contract.ts';
import { checkOptions, forkedRecord, newRecord, type Identity } from './create.ts';
import { checkMachine } from './machine.ts';
import type { ExecRequest, StartedExec } from './exec.ts';
import { Execs } from './execs.ts';
import {
  holdCell,
  killCell,
  pauseCell,
  restartCell,
  stopCell,
  unpauseCell,
  updateCell,
  type StopActions,
  type StopOptions,
} from './live.ts';
import { HealthMonitors } from './health-monitors.ts';
import { Identities } from './identities.ts';
import { probeHealth } from './probe.ts';
import { findContainer } from './lookup.ts';
import type { SourceImage } from './ports.ts';
import { mountPoints } from './mount-points.ts';
import { provideVolumes, requireSources } from './mount-sources.ts';
import type { ContainerRecord, RunState } from './record.ts';
import { Recovery } from './recovery.ts';
import { removeFiles, type RemovalDeps } from './removal.ts';
import { Removed } from './removed.ts';
import { renameCell } from './rename.ts';
import { Runs } from './runs.ts';
import { Snapshots } from './snapshots/snapshots.ts';
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
  private readonly runs: Runs;
  private readonly health: HealthMonitors;
  private readonly execs: Execs;
  readonly snapshots: Snapshots;
  readonly removed: Removed;
  private readonly removal: RemovalDeps;

  constructor(deps: ContainersDeps) {
    this.deps = deps;
    const tell = this.tell.bind(this);
    this.execs = new Execs(deps, tell);
    this.runs = new Runs({
      ...deps,
      tell,
      persist: (cell) => this.persist(cell),
      settle: (cell) => this.snapshots.settle(cell.record),
      drop: (cell) => this.drop(cell),
    });
    this.snapshots = new Snapshots(deps, {
      cell: (id) => this.cell(id),
      records: () => this.records(),
      removed: () => this.removed.known(),
      has: (cell) => this.cells.has(cell.id),
      hold: (id) => this.hold(id),
      unpause: (id) => this.unpause(id),
      read: (id, work) => this.read(id, work),
      add: (source, name, stack, upper) => this.add(name, (identity) => forkedRecord(source, identity, stack), upper),
      restart: (cell, options, between) => this.restartCell(cell, options, between),
      tell,
    });
    this.removed = new Removed(deps, this.identities, {
      comeBack: (record) => {
        const cell = new Cell(record);
        this.cells.set(record.id, cell);
        tell('restore', cell);
      },
      gone: () => this.snapshots.sweep(),
    });
    this.removal = { ...deps, removed: this.removed, records: () => this.records() };
    this.health = new HealthMonitors({
      ...deps,
      probe: (cell, check, signal) =>
        probeHealth(cell, check, signal, (id, request) => this.execs.start(this.cell(id), request)),
      onStatus: (cell) => {
        void this.persist(cell);
        this.tell('health_status', cell, {}, cell.record.run.health?.status);
      },
    });
  }

  async recover(): Promise<void> {
    const recovery = new Recovery(this.deps, {
      watch: (cell, patience) => this.runs.watch(cell, patience),
      finish: (cell, end) => this.runs.finish(cell, end),
      takeUp: (cell) => this.runs.takeUp(cell),
      unpause: (cell) => this.unpause(cell.id),
      drop: (cell) => this.drop(cell),
    });
    await recovery.all(await this.deps.store.load(), (record) => {
      const cell = new Cell(record);
      this.cells.set(record.id, cell);
      this.identities.add(record.name);
      return cell;
    });
    await this.snapshots.recover(() => this.removed.remember());
    for (const cell of this.cells.values()) this.health.follow(cell);
    await this.removed.start();
  }

  resume(): void {
    this.runs.resume();
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

  async check(options: CreateOptions): Promise<void> {
    await checkMachine(this.deps, checkOptions(options));
  }

  create(options: CreateOptions, image: SourceImage, provisional = false): Promise<ContainerRecord> {
    return this.add(options.name, (identity) => newRecord(options, image, identity, provisional));
  }

  /** `upper`: see {@link ContainerStore.create}. */
  private async add(
    wanted: string | undefined,
    make: (identity: Identity) => ContainerRecord,
    upper?: string,
  ): Promise<ContainerRecord> {
    const name = this.identities.take(wanted);
    try {
      const created = this.deps.now().toISOString();
      const mountsOf = (other: string): ReturnType<typeof mountPoints> =>
        mountPoints(this.get(other, 'take volumes from').config);
      const record = make({ id: this.identities.newId(), name, created, machine: hostname(), mountsOf });
      requireSources(record.config.mounts ?? []);
      await this.deps.store.create(record, upper);
      const cell = new Cell(record);
      this.cells.set(record.id, cell);
      await provideVolumes(this.deps.volumes, record, async () => {
        this.cells.delete(cell.id);
        await removeFiles(this.removal, record, { volumes: true, purge: true });
      });
      this.tell('create', cell);
      return record;
    } catch (cause) {
      this.identities.free(name);
      throw toEngineError(cause, `create container ${name}`);
    }
  }

  start(id: string, options: StartOptions = {}): Promise<ContainerSummary> {
    const cell = this.cell(id);
    return cell.exclusively(async () => {
      if (!cell.may('start')) return summarize(cell.record, this.deps.now());
      await this.startNow(cell, options);
      return summarize(cell.record, this.deps.now());
    });
  }

  async stop(id: string, options: StopOptions = {}): Promise<void> {
    const cell = this.cell(id);
    await cell.settled();
    if (!cell.may('stop')) return;
    if (cell.isRestarting) await this.runs.giveUp(cell);
    else await stopCell(cell, options, this.stopActions(cell, true));
    this.tell('stop', cell);
  }

  async restart(id: string, options: StopOptions = {}): Promise<void> {
    const cell = this.cell(id);
    await this.restartCell(cell, options, () => Promise.resolve());
    this.tell('restart', cell);
  }

  /** See {@link restartCell}. */
  private restartCell<T>(cell: Cell, options: StopOptions, between: () => Promise<T>): Promise<T> {
    const start = (): Promise<void> => this.startNow(cell, {});
    const onStopped = (): void => {
      this.tell('stop', cell);
    };
    return restartCell(cell, options, { ...this.stopActions(cell, false), onStopped, start }, between);
  }

  async kill(id: string, signal: number): Promise<void> {
    const cell = this.cell(id);
    await cell.settled();
    cell.may('kill');
    if (cell.isRestarting) await this.runs.giveUp(cell);
    else
      await killCell(cell, signal, this.stopActions(cell, [SIGKILL, cell.record.config.stopSignal].includes(signal)));
  }

  rename(id: string, name: string): Promise<void> {
    const cell = this.cell(id);
    return cell.exclusively(async () => {
      const old = await renameCell(cell, name, this.identities, () => this.deps.store.save(cell.record));
      this.tell('rename', cell, { oldName: `/${old}` });
    });
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

  update(id: string, changes: ContainerChanges): Promise<void> {
    return this.change(id, 'update', (cell, target) => updateCell(this.deps.cgroups, cell, target, changes));
  }

  remove(id: string, { force, ...how }: RemoveOptions): Promise<boolean> {
    const cell = this.cell(id);
    return cell.exclusively(async () => {
      // Somebody was faster.
      if (!this.cells.has(cell.id)) return false;
      if (!force || !cell.isActive) cell.may('remove');
      else if (cell.isRestarting) await this.runs.giveUp(cell);
      else await killCell(cell, SIGKILL, this.stopActions(cell, true));
      await cell.run?.finished;
      // A container with --rm is gone by now, removed by the end of its run.
      return this.cells.has(cell.id) ? this.drop(cell, how) : true;
    });
  }

  async read<T>(id: string, work: (files: ContainerFiles, signal: AbortSignal) => Promise<T>): Promise<T> {
    const cell = this.cell(id);
    const { going } = await cell.exclusively(async () => {
      this.requirePresent(cell, 'read');
      await this.snapshots.settle(cell.record);
      const frozen = await this.deps.frozen.lowerDirs(cell.record.stack ?? []);
      const files = { uppers: [this.paths(cell.id).upper, ...frozen], hide: MOUNT_PLACES };
      return { going: cell.reading((signal) => work(files, signal)) };
    });
    return going;
  }

  exec(id: string, request: ExecRequest): Promise<StartedExec> {
    return this.execs.exec(this.cell(id), request);
  }

  tellAttach(id: string, action: 'attach' | 'detach'): void {
    const cell = this.cells.get(id);
    if (cell !== undefined) this.tell(action, cell);
  }

  release(id: string): void {
    this.cells.get(id)?.run?.shim.release();
  }

  async finished(id: string): Promise<RunState> {
    const cell = this.cells.get(id);
    if (cell?.isRestarting === true && cell.run === undefined) return cell.nextEnd();
    return cell?.run?.finished ?? cell?.record.run ?? { state: 'exited' };
  }

  close(): void {
    this.runs.close();
    this.health.close();
    this.removed.close();
    for (const cell of this.cells.values()) {
      cell.forgetRestart();
      cell.run?.shim.close();
    }
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

  private tell(action: ContainerAction, cell: Cell, attributes: Attributes = {}, detail?: string): void {
    this.health.follow(cell);
    const { config, image } = cell.record;
    const all = { ...config.labels, image: image.reference, name: cell.name, ...attributes };
    const container = this.summary(cell.id);
    this.deps.onChange(compact({ action, id: cell.id, attributes: all, container, detail }));
  }

  /** `final`: no policy starts it again. */
  private stopActions(cell: Cell, final: boolean): StopActions {
    return {
      schedule: this.deps.schedule,
      unpause: () => this.unpause(cell.id),
      onSignal: (signal) => {
        if (final) {
          cell.setRun({ ...cell.record.run, stopped: true });
          void this.persist(cell);
        }
        this.tell('kill', cell, { signal: String(signal) });
      },
    };
  }

  private async startNow(cell: Cell, options: StartOptions): Promise<void> {
    cell.forgetRestart();
    await cell.run?.finished;
    this.requirePresent(cell, 'start container');
    await this.runs.start(cell, options);
  }

  private requirePresent(cell: Cell, doing: string): void {
    if (!this.cells.has(cell.id)) throw conflict(`${doing} ${cell.name}: it has been removed`);
  }

  /** The record on disk follows the one in memory; nobody waits for it, and a failure costs a restart of the server nothing: exit.json and the socket tell the state. */
  private persist(cell: Cell): Promise<void> {
    return cell
      .save(() => this.deps.store.save(cell.record))
      .catch((error: unknown) => {
        this.deps.log.error(`save container ${cell.id}`, error);
      });
  }

  /** Takes it away, for good or so that it can be restored: true then. */
  private async drop(cell: Cell, how: Omit<RemoveOptions, 'force'> = {}): Promise<boolean> {
    const before = cell.record;
    let kept: boolean;
    cell.setRun({ ...before.run, state: 'removing' });
    try {
      await Promise.all([cell.saved(), cell.endReading()]);
      kept = await removeFiles(this.removal, before, how);
    } catch (error) {
      cell.setRun(before.run);
      throw error;
    }
    this.cells.delete(cell.id);
    this.identities.free(cell.name);
    this.tell('destroy', cell);
    await this.snapshots.sweep();
    return kept;
  }
}
