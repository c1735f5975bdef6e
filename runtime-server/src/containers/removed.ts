// Removed containers that can still be restored: taking them in, finding them, keeping to the limits. Nothing is read or measured
// before somebody asks or something is removed. Knows neither who removes nor what a container runs.

import type { ContainerSummary } from '../../protocol/models.ts';
import { notFound, toEngineError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Schedule } from '../base/schedule.ts';
import type { Purged, RemovedContainers, RemovedEntry } from './contract.ts';
import type { Identities } from './identities.ts';
import { findContainer } from './lookup.ts';
import type { ContainerRecord, RunState } from './record.ts';
import type { Grave, RemovedStore } from './removed-store.ts';
import { ago } from './status.ts';
import { summarize } from './summary.ts';
import { excess, type Kept, type UndoLimits } from './undo-limits.ts';

/** Milliseconds after a removal, so that a hundred of them are looked at once. */
const SETTLE = 1000;

export interface RemovedDeps {
  readonly removedStore: RemovedStore;
  /** Read at each removal. */
  readonly undoLimits: () => Promise<UndoLimits>;
  readonly now: () => Date;
  readonly schedule: Schedule;
  readonly log: Logger;
}

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly grave: Grave;
  readonly record: ContainerRecord;
}

type Measured = Kept & { readonly grave: Grave };

/** What the present containers are told. */
export interface RemovedHost {
  /** It is one of them again; its name has been taken. */
  comeBack(record: ContainerRecord): void;
  /** Some can't be restored any more. */
  gone(): Promise<void>;
}

export class Removed implements RemovedContainers {
  private readonly deps: RemovedDeps;
  private readonly names: Pick<Identities, 'take' | 'free'>;
  private readonly host: RemovedHost;
  /** Of this server's removals, and after {@link remember} all: what their stacks name must stay. */
  private readonly holders = new Map<string, ContainerRecord>();
  private readonly sizes = new Map<string, { readonly size: number; readonly written: number }>();
  private cancel: (() => void) | undefined;
  private trimming: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(deps: RemovedDeps, names: Pick<Identities, 'take' | 'free'>, host: RemovedHost) {
    this.deps = deps;
    this.names = names;
    this.host = host;
  }

  /** What a former server left is kept to the limits, too. */
  async start(): Promise<void> {
    if ((await this.deps.removedStore.list()).length > 0) this.trimIn(SETTLE);
  }

  close(): void {
    this.closed = true;
    this.cancel?.();
  }

  /** False where nothing is to be kept, and for one that never came to its start or that nothing is known of. */
  async wants({ state, provisional }: RunState): Promise<boolean> {
    if (state === 'dead' || provisional === true) return false;
    try {
      const { age, size } = await this.deps.undoLimits();
      return age > 0 && size > 0;
    } catch (error) {
      this.deps.log.warn(toEngineError(error, 'keep removed containers').message);
      return false;
    }
  }

  /** True when the container's folder was taken in, false where it can't be now. */
  async take(record: ContainerRecord): Promise<boolean> {
    const { id } = record;
    this.holders.set(id, record);
    try {
      await this.deps.removedStore.put(id, this.deps.now().getTime());
    } catch (error) {
      this.deps.log.warn(`keep removed container ${id}: ${toEngineError(error, 'keep').message}`);
      this.holders.delete(id);
      return false;
    }
    this.trimIn(SETTLE);
    return true;
  }

  /** Those that {@link remember} has read and that were removed since: their files and snapshots must stay. */
  known(): Iterable<ContainerRecord> {
    return this.holders.values();
  }

  /** Reads those that a former server has left: for who needs {@link known} to have them. */
  async remember(): Promise<void> {
    for (const { id, record } of await this.entries()) this.holders.set(id, record);
  }

  /** Damaged ones are left out. */
  async list(): Promise<readonly RemovedEntry[]> {
    const now = this.deps.now();
    return (await this.entries()).map(({ record, grave }) => {
      const removed = new Date(grave.removedAt).toISOString();
      return { record, summary: { ...summarize(record, now), removed, status: `Removed ${ago(removed, now)}` } };
    });
  }

  async get(text: string, doing: string): Promise<ContainerRecord> {
    return (await this.find(text, doing)).record;
  }

  async restore(id: string, { name }: { readonly name?: string | undefined }): Promise<ContainerSummary> {
    const { grave, record } = await this.find(id, 'restore');
    const doing = `restore container ${record.name}`;
    const back = standing(record, this.names.take(name ?? record.name));
    try {
      if (!(await this.deps.removedStore.restore(grave, back)))
        throw notFound(`${doing}: it has been deleted meanwhile`);
    } catch (cause) {
      this.names.free(back.name);
      throw toEngineError(cause, doing);
    }
    this.sizes.delete(grave.directory);
    this.host.comeBack(back);
    this.holders.delete(id);
    return summarize(back, this.deps.now());
  }

  /** Deletes those that `suits` is true for; ids, and bytes that they had written. */
  async purge(suits: (record: ContainerRecord) => boolean): Promise<Purged> {
    // Nothing is counted that goes by itself.
    await this.trimming;
    const deleted: string[] = [];
    let freed = 0;
    for (const { grave, record } of await this.entries()) {
      if (!suits(record)) continue;
      freed += (await this.measure(grave)).written;
      await this.bury(grave);
      deleted.push(grave.id);
    }
    if (deleted.length > 0) await this.host.gone();
    return { deleted, freed };
  }

  /** How many there are, and the bytes that they have written. */
  async usage(): Promise<{ readonly count: number; readonly size: number }> {
    const graves = await this.deps.removedStore.list();
    let size = 0;
    for (const grave of graves) size += (await this.measure(grave)).written;
    return { count: graves.length, size };
  }

  private async find(text: string, doing: string): Promise<Entry> {
    const entries = await this.entries();
    return entries.find(({ name }) => name === text) ?? findContainer(entries, text, doing, REMOVED_WORDS);
  }

  private async entries(): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    for (const grave of await this.deps.removedStore.list()) {
      const record = await this.deps.removedStore.read(grave).catch((error: unknown) => {
        this.deps.log.error(`read removed container ${grave.id}`, error);
        return undefined;
      });
      if (record !== undefined) found.push({ id: record.id, name: record.name, grave, record });
    }
    return found;
  }

  private trimIn(milliseconds: number): void {
    if (this.closed) return;
    this.cancel?.();
    this.cancel = this.deps.schedule(milliseconds, () => {
      this.cancel = undefined;
      this.trimming = this.trim().catch((error: unknown) => {
        this.deps.log.error('delete removed containers', error);
      });
    });
  }

  /** Deletes what is beyond the limits, and comes again when the oldest of the rest is too old. */
  private async trim(): Promise<void> {
    const { removedStore, undoLimits, now } = this.deps;
    const limits = await undoLimits();
    const kept: Measured[] = [];
    for (const grave of await removedStore.list()) {
      const { size, written } = await this.measure(grave);
      kept.push({ grave, removedAt: grave.removedAt, size, written: written > 0 });
    }
    const gone = new Set(excess(kept, limits, now().getTime(), await removedStore.free()));
    for (const { grave } of gone) await this.bury(grave);
    if (gone.size > 0) await this.host.gone();
    const [oldest] = kept.filter((one) => !gone.has(one)).sort((a, b) => a.removedAt - b.removedAt);
    if (oldest !== undefined) this.trimIn(Math.max(SETTLE, oldest.removedAt + limits.age - now().getTime()));
  }

  private async measure(grave: Grave): Promise<{ readonly size: number; readonly written: number }> {
    const known = this.sizes.get(grave.directory) ?? (await this.deps.removedStore.measure(grave));
    this.sizes.set(grave.directory, known);
    return known;
  }

  private async bury(grave: Grave): Promise<void> {
    await this.deps.removedStore.purge(grave);
    this.sizes.delete(grave.directory);
    this.holders.delete(grave.id);
  }
}

/** As it comes back: it neither goes by itself nor does a policy start it, for somebody had removed it. */
function standing(record: ContainerRecord, name: string): ContainerRecord {
  const { config, run } = record;
  return {
    ...record,
    name,
    config: { ...config, autoRemove: false },
    run: run.state === 'created' ? run : { ...run, stopped: true },
  };
}

const REMOVED_WORDS = {
  none: 'no such removed container',
  hint: 'See `slipway ps --removed` for what can be restored.',
};
