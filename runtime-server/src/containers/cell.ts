// One container in the server's memory: its record, the connection to its shim while it runs, and who waits for its end.

import { raceAbort } from '../base/abort.ts';
import { conflict, unavailable } from '../base/errors.ts';
import type { ShimConnection } from '../launcher/shim-connection.ts';
import type { ContainerRecord, RunState } from './record.ts';
import { allow, isLive, type Move } from './states.ts';

/** One run of a container, from its start to its recorded end. */
export interface Run {
  readonly shim: ShimConnection;
  /** Settles with the state after the run, once it is on disk. */
  readonly finished: Promise<RunState>;
}

export class Cell {
  record: ContainerRecord;
  run: Run | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private saving: Promise<void> = Promise.resolve();
  private execCount = 0;
  private keepers = 0;
  private cancelRestart: (() => void) | undefined;
  private ending: PromiseWithResolvers<RunState> | undefined;
  private readonly readers = new Map<AbortController, Promise<unknown>>();

  constructor(record: ContainerRecord) {
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  /** Paused ones too. False from the moment its end is known, although `run` stays until that end is on disk. */
  get isRunning(): boolean {
    return isLive(this.record.run.state);
  }

  /** Running, or about to be again by itself. */
  get isActive(): boolean {
    return this.isRunning || this.isRestarting;
  }

  get isPaused(): boolean {
    return this.record.run.state === 'paused';
  }

  /** It has ended, and will be started again by itself. */
  get isRestarting(): boolean {
    return this.record.run.state === 'restarting';
  }

  /** Somebody restarts it: whatever its policy, its end is not the end. */
  get isKept(): boolean {
    return this.keepers > 0;
  }

  /** See {@link allow}. */
  may(move: Move): boolean {
    return allow(move, { name: this.name, state: this.record.run.state });
  }

  /** While `action` goes on, an end is taken for the first half of a restart. */
  async keeping<T>(action: () => Promise<T>): Promise<T> {
    this.keepers++;
    try {
      return await action();
    } finally {
      this.keepers--;
    }
  }

  /** `cancel`: what takes back the start that it waits for. */
  awaitRestart(cancel: () => void): void {
    this.forgetRestart();
    this.cancelRestart = cancel;
  }

  /** It waits for no start any more. */
  forgetRestart(): void {
    this.cancelRestart?.();
    this.cancelRestart = undefined;
  }

  /** The state after its next end. */
  nextEnd(): Promise<RunState> {
    this.ending ??= Promise.withResolvers();
    return this.ending.promise;
  }

  /** Tells who waits for its end. */
  tellEnd(state: RunState): void {
    this.ending?.resolve(state);
    this.ending = undefined;
  }

  /** The present run of a running container. Throws Unavailable while its shim does not answer. */
  reachable(doing: string): Run {
    if (this.run !== undefined) return this.run;
    throw unavailable(`${doing} ${this.name}: its shim does not answer`, {
      hint: 'It may be stopped (SIGSTOP) or starved; continue or kill it.',
    });
  }

  /** Waits for the changes asked for before. */
  settled(): Promise<void> {
    return this.exclusively(() => Promise.resolve());
  }

  /** Waits for the saves asked for before. */
  saved(): Promise<void> {
    return this.saving;
  }

  /** Changes of one container happen one after the other; changes of others don't wait. */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    const result = this.queue.then(action);
    this.queue = result.catch((error: unknown) => error);
    return result;
  }

  /** Saves happen in the order they were asked for. */
  save(action: () => Promise<void>): Promise<void> {
    const result = this.saving.then(action);
    this.saving = result.catch(() => undefined);
    return result;
  }

  /** Work that reads the container's files: its signal aborts before they are removed. Changes don't wait for it. */
  async reading<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const going = work(controller.signal);
    this.readers.set(controller, going);
    try {
      return await going;
    } finally {
      this.readers.delete(controller);
    }
  }

  /** Waits until nobody reads any more; inside of {@link exclusively} nobody begins to. */
  async unread(signal?: AbortSignal): Promise<void> {
    while (this.readers.size > 0) await raceAbort(Promise.allSettled(this.readers.values()), signal);
  }

  /** Ends that work; resolves when nobody reads any more. */
  async endReading(): Promise<void> {
    const going = [...this.readers];
    for (const [controller] of going) controller.abort(conflict(`read ${this.name}: the container is being removed`));
    await Promise.allSettled(going.map(([, work]) => work));
  }

  setRun(run: RunState): void {
    this.record = { ...this.record, run };
  }

  setStack(stack: readonly string[]): void {
    this.record = { ...this.record, stack };
  }

  setName(name: string): void {
    this.record = { ...this.record, name };
  }

  /** Nothing changes when its end came first. */
  setPaused(paused: boolean): void {
    if (this.isRunning) this.setRun({ ...this.record.run, state: paused ? 'paused' : 'running' });
  }

  nextExecNumber(): number {
    return ++this.execCount;
  }
}
