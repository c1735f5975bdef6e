// Snapshots of containers: what a container's files are at one moment is a stack of frozen directories above its image, which others
// may have too. Who does what to which container in which order is containers.ts's; this file knows what happens to its files.
//
// A stopped container's own directory is frozen by a rename, whatever its size. The record that names it comes first (`stack`): a server
// that dies in between leaves a name without a directory, and `settle` does the rename then. A snapshot's file comes last.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { conflict, notFound, toEngineError } from '../../base/errors.ts';
import { compact } from '../../base/validate.ts';
import { MOUNT_PLACES } from '../../launcher/spec.ts';
import type { Cell } from '../cell.ts';
import { whileHeld } from '../held.ts';
import { findContainer } from '../lookup.ts';
import { lowerDirsOf } from '../lowers.ts';
import { checkName } from '../names.ts';
import type { ContainerRecord } from '../record.ts';
import { isLive } from '../states.ts';
import type { ForkOptions, RewindOptions, SnapshotHost, SnapshotsDeps, SnapshotUsage } from './contract.ts';
import { hasMode } from './frozen.ts';
import { isSameStack, newest, unneeded, type Snapshot } from './snapshot.ts';

/** Directories above the image: overlayfs takes 500 in all, and each costs a lookup for every name that is not there. */
const DEPTH_MAX = 100;

const newId = (): string => randomBytes(32).toString('hex');

export class Snapshots {
  private readonly deps: SnapshotsDeps;
  private readonly host: SnapshotHost;
  private readonly present = new Map<string, Snapshot>();
  /** Of work that goes on: no record and no snapshot names them yet, or any more. */
  private readonly leases = new Set<readonly string[]>();

  constructor(deps: SnapshotsDeps, host: SnapshotHost) {
    this.deps = deps;
    this.host = host;
  }

  /**
   * Reads what is there, and ends what a former server has begun. With all containers known and before any is started. `remember` is
   * called when removed containers can matter.
   */
  async recover(remember: () => Promise<void>): Promise<void> {
    await this.deps.frozen.start();
    for (const snapshot of await this.deps.snapshots.load()) this.present.set(snapshot.id, snapshot);
    if (this.present.size > 0 || this.deps.frozen.ids().length > 0) await remember();
    for (const record of this.host.records().filter(({ run }) => !isLive(run.state))) {
      await this.settle(record).catch((error: unknown) => {
        this.deps.log.error(`settle the files of container ${record.id}`, error);
      });
    }
    await this.sweep();
  }

  /**
   * Makes a container's directories what its record says: the last one that it names is frozen when a server died before that, and it
   * gets an empty one of its own. Nothing to do is the rule.
   */
  async settle({ id, stack = [] }: ContainerRecord): Promise<void> {
    const { frozen, store } = this.deps;
    const { upper } = store.paths(id);
    const top = stack.at(-1);
    // Nearly always so, and asked at each start: without a trip to another thread.
    const owed = top !== undefined && !existsSync(frozen.path(top));
    if (owed) await frozen.take(upper, top);
    if (owed || !existsSync(upper)) await rename(await frozen.shell(stack), upper);
  }

  /** Keeps what the container's files are now. The name is the container's alone. Throws Conflict where it has it already. */
  async create(id: string, name: string | undefined, signal: AbortSignal): Promise<Snapshot> {
    const cell = this.host.cell(id);
    if (name !== undefined) checkName(name, 'snapshot');
    if (name !== undefined && this.of(id).some((other) => other.name === name))
      throw conflict(`name snapshot ${name}: the container ${cell.name} has one of that name`, {
        hint: 'Choose another name, or remove that one: slipway snapshot rm.',
      });
    return this.withState(cell, 'snapshot', signal, (stack) => this.keep(cell, { stack, name }));
  }

  /** A new container with what this one's files are now, created but not started. Volumes and host folders are shared by both. */
  async fork(id: string, { name }: ForkOptions, signal: AbortSignal): Promise<ContainerRecord> {
    const cell = this.host.cell(id);
    return this.withState(cell, 'fork', signal, async (stack) => {
      const fork = await this.host.add(cell.record, name, stack, await this.deps.frozen.shell(stack));
      this.host.tell('fork', cell, { fork: fork.id, forkName: fork.name });
      return fork;
    });
  }

  /**
   * Gives the container the files of a snapshot of its own, by default the last that somebody made; what they were until now is an
   * automatic snapshot afterwards, in the place of the last such one. Throws NotFound, and Conflict for one that runs without `force`,
   * which stops it and starts it again.
   */
  async rewind(id: string, text: string | undefined, options: RewindOptions, signal: AbortSignal): Promise<Rewound> {
    const cell = this.host.cell(id);
    const target = this.ofContainer(cell, text);
    const work = async (): Promise<Snapshot> => {
      const stays = options.force && !cell.isRunning;
      this.require(cell, 'rewind', stays);
      await cell.unread(signal);
      return this.replace(cell, target);
    };
    const before = await this.leasing(target.stack, () =>
      options.force && cell.isActive ? this.host.restart(cell, options, work) : cell.exclusively(work),
    );
    await this.sweep();
    this.host.tell('rewind', cell, { snapshot: target.id, before: before.id });
    return { target, before };
  }

  /** Of one container, or of all; the newest first. */
  list(container?: string): readonly Snapshot[] {
    const all = container === undefined ? [...this.present.values()] : this.of(container);
    return all.sort((a, b) => (a.created < b.created ? 1 : -1));
  }

  /** By name, id or unique prefix. Throws NotFound, or Conflict that lists the candidates. */
  get(text: string, doing: string): Snapshot {
    return find([...this.present.values()], text, doing);
  }

  /** Removes a snapshot; containers whose files lie above its directories keep them. */
  async remove(id: string): Promise<void> {
    const snapshot = this.present.get(id);
    if (snapshot === undefined) return;
    await this.forget(snapshot);
    await this.sweep();
  }

  /** Bytes of all that it has above the image. */
  size({ stack = [] }: { readonly stack?: readonly string[] }): Promise<number> {
    return this.deps.frozen.size(stack);
  }

  /** What snapshots and forks share on the disk; `reclaimable`: what only snapshots hold. */
  async usage(): Promise<SnapshotUsage> {
    const { frozen } = this.deps;
    const unused = unneeded(
      frozen.ids(),
      this.holders().map(({ stack = [] }) => stack),
    );
    const [size, reclaimable] = await Promise.all([frozen.size(frozen.ids()), frozen.size(unused)]);
    return { count: this.present.size, size, reclaimable };
  }

  /** Takes away the snapshots of containers that are gone, and what nobody needs any more. Never fails: what stays goes the next time. */
  async sweep(): Promise<void> {
    try {
      const records = this.host.records();
      const ids = new Set(this.holders().map(({ id }) => id));
      for (const snapshot of this.present.values()) if (!ids.has(snapshot.container)) await this.forget(snapshot);
      // Nobody knows what it needs, rather nothing is taken.
      if (records.some(({ run }) => run.state === 'dead')) return;
      for (const id of this.deps.frozen.ids())
        // Asked again for each: somebody may have come to need it meanwhile.
        if (unneeded([id], this.stacks()).length > 0) await this.deps.frozen.discard(id);
    } catch (error) {
      this.deps.log.error('sweep snapshots', error);
    }
  }

  /** The one place that says whose files count. */
  private holders(): readonly ContainerRecord[] {
    return [...this.host.records(), ...this.host.removed()];
  }

  private *stacks(): Generator<readonly string[]> {
    for (const { stack = [] } of this.holders()) yield stack;
    for (const { stack } of this.present.values()) yield stack;
    yield* this.leases;
  }

  /** `use` gets the present state as a stack, which stays while it does something with it. */
  private async withState<T>(
    cell: Cell,
    move: 'snapshot' | 'fork',
    signal: AbortSignal,
    use: (stack: readonly string[]) => Promise<T>,
  ): Promise<T> {
    try {
      const stopped = await cell.exclusively(async () => {
        this.require(cell, move);
        if (cell.isRunning) return undefined;
        await cell.unread(signal);
        return { result: await use(await this.freezeIfChanged(cell, signal)) };
      });
      return stopped === undefined ? await this.copied(cell, move, signal, use) : stopped.result;
    } catch (error) {
      await this.sweep();
      throw toEngineError(error, `${move} ${cell.name}`);
    }
  }

  private async freezeIfChanged(cell: Cell, signal: AbortSignal): Promise<readonly string[]> {
    await this.settle(cell.record);
    if (!(await this.isChanged(cell.record, signal))) return cell.record.stack ?? [];
    this.requireDepth(cell.record);
    const stack = await this.freeze(cell);
    await this.settle(cell.record);
    return stack;
  }

  /** The record first, then the rename: see above. The container has no directory of its own afterwards. */
  private async freeze(cell: Cell): Promise<readonly string[]> {
    const id = newId();
    const stack = [...(cell.record.stack ?? []), id];
    await this.restack(cell, stack);
    await this.deps.frozen.take(this.deps.store.paths(cell.id).upper, id);
    return stack;
  }

  /** Of a container that runs, whose directory is in use: a copy, with its processes held meanwhile. */
  private async copied<T>(
    cell: Cell,
    move: 'snapshot' | 'fork',
    signal: AbortSignal,
    use: (stack: readonly string[]) => Promise<T>,
  ): Promise<T> {
    const before = cell.record;
    if (!(await this.isChanged(before, signal)) && before.stack === cell.record.stack)
      return this.whileThere(cell, move, () => use(before.stack ?? []));
    this.requireDepth(before);
    const id = newId();
    return this.leasing([id, ...(before.stack ?? [])], async () => {
      await this.copy(cell, before, id, signal);
      return this.whileThere(cell, move, () => use([...(before.stack ?? []), id]));
    });
  }

  private async copy(cell: Cell, before: ContainerRecord, id: string, signal: AbortSignal): Promise<void> {
    const { frozen, uppers, workspace } = this.deps;
    const directory = await frozen.shell([]);
    try {
      await whileHeld(this.host, cell.id, () =>
        this.host.read(cell.id, ({ uppers: [upper = ''] }, removed) => {
          if (before.stack !== cell.record.stack) throw conflict(`copy ${cell.name}: its files have been replaced`);
          return uppers.copy(upper, directory, { signal: AbortSignal.any([signal, removed]) });
        }),
      );
      await uppers.sync(directory);
      await frozen.take(directory, id);
    } catch (error) {
      await workspace.discard(directory);
      throw error;
    }
  }

  /** With its image and its snapshots: they go when it goes. */
  private whileThere<T>(cell: Cell, move: 'snapshot' | 'fork', work: () => Promise<T>): Promise<T> {
    return cell.exclusively(() => {
      this.require(cell, move);
      return work();
    });
  }

  /** The container has the target's files; what it had is kept. Between two steps it has the one or the other. */
  private async replace(cell: Cell, target: Snapshot): Promise<Snapshot> {
    try {
      await this.settle(cell.record);
      const own = cell.record.stack ?? [];
      const changed = await this.isChanged(cell.record);
      const stack = await this.freeze(cell);
      const before = await this.keepBefore(cell, changed ? stack : own);
      await this.restack(cell, target.stack);
      for (const other of this.of(cell.id))
        if (other.automatic === true && other.id !== before.id) await this.forget(other);
      return before;
    } catch (error) {
      throw toEngineError(error, `rewind ${cell.name}`);
    } finally {
      await this.settle(cell.record);
    }
  }

  private async keepBefore(cell: Cell, stack: readonly string[]): Promise<Snapshot> {
    const same = this.of(cell.id).find((snapshot) => isSameStack(snapshot.stack, stack));
    return same ?? this.keep(cell, { stack, automatic: true });
  }

  private async keep(
    cell: Cell,
    kept: Pick<Snapshot, 'stack'> & Partial<Pick<Snapshot, 'automatic'>> & { readonly name?: string | undefined },
  ): Promise<Snapshot> {
    const created = this.deps.now().toISOString();
    const snapshot: Snapshot = compact({ version: 1 as const, id: newId(), container: cell.id, created, ...kept });
    await this.deps.snapshots.save(snapshot);
    this.present.set(snapshot.id, snapshot);
    this.host.tell('snapshot', cell, compact({ snapshot: snapshot.id, snapshotName: snapshot.name }));
    return snapshot;
  }

  private async forget(snapshot: Snapshot): Promise<void> {
    await this.deps.snapshots.remove(snapshot.id);
    this.present.delete(snapshot.id);
  }

  /** Whether anything was written since its directory was new. */
  private async isChanged(record: ContainerRecord, signal: AbortSignal = NEVER): Promise<boolean> {
    const { frozen, store, uppers } = this.deps;
    const { upper } = store.paths(record.id);
    const top = record.stack?.at(-1);
    if (!(await hasMode(upper, top === undefined ? undefined : frozen.path(top)))) return true;
    const lower = await lowerDirsOf(this.deps, record);
    const changes = uppers.changes({ uppers: [upper], lower, hide: MOUNT_PLACES }, signal);
    const { done } = await changes.next();
    await changes.return();
    return done !== true;
  }

  /** `stays`: its state has been seen to. */
  private require(cell: Cell, move: 'snapshot' | 'fork' | 'rewind', stays = false): void {
    if (!this.host.has(cell)) throw conflict(`${move} ${cell.name}: it has been removed`);
    if (!stays) cell.may(move);
  }

  /** The container's stack is another one, on the disk before anybody sees it. */
  private restack(cell: Cell, stack: readonly string[]): Promise<void> {
    return cell.save(async () => {
      await this.deps.store.save({ ...cell.record, stack });
      cell.setStack(stack);
    });
  }

  private requireDepth({ name, stack = [] }: ContainerRecord): void {
    if (stack.length < DEPTH_MAX) return;
    throw conflict(`snapshot ${name}: its files lie in ${DEPTH_MAX} directories already, one above the other`, {
      hint: `Make an image of it and go on from there: slipway commit ${name}`,
    });
  }

  private of(container: string): Snapshot[] {
    return [...this.present.values()].filter((snapshot) => snapshot.container === container);
  }

  private ofContainer(cell: Cell, text: string | undefined): Snapshot {
    const own = this.of(cell.id);
    const doing = `rewind ${cell.name}`;
    if (text !== undefined) return find(own, text, `${doing} to`);
    const last = newest(own);
    if (last !== undefined) return last;
    throw notFound(`${doing}: it has no snapshot`, { hint: `Make one with: slipway snapshot ${cell.name}` });
  }

  /** While `work` goes on, these are not swept. */
  private async leasing<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    const lease = [...ids];
    this.leases.add(lease);
    try {
      return await work();
    } finally {
      this.leases.delete(lease);
    }
  }
}

/** What a rewind went to, and what it came from. */
export interface Rewound {
  readonly target: Snapshot;
  readonly before: Snapshot;
}

const NEVER = new AbortController().signal;

function find(snapshots: readonly Snapshot[], text: string, doing: string): Snapshot {
  const named = snapshots.map((snapshot) => ({ id: snapshot.id, name: snapshot.name ?? snapshot.id, snapshot }));
  const several = named.filter(({ name }) => name === text);
  if (several.length > 1)
    throw conflict(`${doing} ${text}: several containers have a snapshot of that name`, {
      hint: `Use an id: ${several.map(({ id }) => id.slice(0, 12)).join(', ')}`,
    });
  const words = { none: 'no such snapshot', hint: 'See `slipway snapshot ls` for what there is.' };
  return findContainer(named, text, doing, words).snapshot;
}
