// What containers.ts offers and what it needs. Types only.

import type { ResourceLimits } from '../../protocol/host-options.ts';
import type { ContainerSummary, CreateOptions, RemovedContainer } from '../../protocol/models.ts';
import type { Launcher } from '../launcher/shim.ts';
import type { BundleDeps, TerminalSize } from './bundle.ts';
import type { ExecRequest, StartedExec } from './exec.ts';
import type { StopOptions } from './live.ts';
import type { ContainerListener, SourceImage } from './ports.ts';
import type { ContainerRecord, RunState } from './record.ts';
import type { RemovedDeps } from './removed.ts';
import type { SnapshotsDeps } from './snapshots/contract.ts';
import type { Snapshots } from './snapshots/snapshots.ts';
import type { ContainerPaths, ContainerStore } from './store.ts';

export interface ContainersDeps extends Omit<BundleDeps, 'frozen'>, SnapshotsDeps, RemovedDeps {
  readonly store: ContainerStore;
  readonly launcher: Launcher;
  readonly onChange: ContainerListener;
  /** Names the present boot of the machine. */
  readonly boot: string;
}

/** What is told of a change beside the state: docker's names (`exitCode`, `signal`, …). */
export type Attributes = Readonly<Record<string, string>>;

/** What update changes; what is absent stays. */
export interface ContainerChanges extends ResourceLimits {
  /** As `--restart` has it. */
  readonly restart?: string;
}

export interface RemovedEntry {
  readonly summary: RemovedContainer;
  readonly record: ContainerRecord;
}

/** What was removed and can still be restored. */
export interface RemovedContainers {
  /** The last removed first. */
  list(): Promise<readonly RemovedEntry[]>;
  /** By name (the last removed of it), id or unique prefix. Rejects with NotFound or Conflict. */
  get(text: string, doing: string): Promise<ContainerRecord>;
  /**
   * Brings it back, stopped, under `name` or its own; with --rm it does not go by itself any more. Rejects with NotFound when it has
   * been deleted meanwhile, with Conflict when the name is taken.
   */
  restore(id: string, options: { readonly name?: string | undefined }): Promise<ContainerSummary>;
  /** Deletes those for good that `suits` is true for. */
  purge(suits: (record: ContainerRecord) => boolean): Promise<Purged>;
  /** Bytes that they have written. */
  usage(): Promise<{ readonly count: number; readonly size: number }>;
}

export interface Purged {
  /** IDs. */
  readonly deleted: readonly string[];
  /** Bytes. */
  readonly freed: number;
}

export interface StartOptions {
  /** Keep output back until a client attaches. */
  readonly hold?: boolean;
  readonly size?: TerminalSize;
  /** It is started by its policy: its restarts are counted on. */
  readonly again?: boolean;
}

export interface RemoveOptions {
  readonly force: boolean;
  /** With the volumes that nobody has named and no other container has; always so with --rm. */
  readonly volumes?: boolean;
  /** For good: it can't be restored. */
  readonly purge?: boolean;
}

/** What a container has on the disk above its image. */
export interface ContainerFiles {
  /** Its own directory and those frozen below it, in overlay's form, top first. */
  readonly uppers: readonly string[];
  /** Relative names of what the runtime makes in it to mount something there. */
  readonly hide: readonly string[];
}

export interface Containers {
  /** Reads the records and takes over the containers that still run. Call once, before anything else. */
  recover(): Promise<void>;
  /** From now on containers start by themselves, as their policies say. Call once, when images can be had. */
  resume(): void;
  list(): readonly ContainerSummary[];
  records(): readonly ContainerRecord[];
  /** By name, id or unique prefix; throws NotFound or Conflict. */
  get(text: string, doing: string): ContainerRecord;
  summary(id: string): ContainerSummary | undefined;
  paths(id: string): ContainerPaths;
  /** Throws what `create` would for these options: before an image is fetched for them. */
  check(options: CreateOptions): Promise<void>;
  /** `provisional`: see {@link RunState}. */
  create(options: CreateOptions, image: SourceImage, provisional?: boolean): Promise<ContainerRecord>;
  /** Starting a running container does nothing, as in Docker. Resolves with its state just after the start. */
  start(id: string, options?: StartOptions): Promise<ContainerSummary>;
  /** Asks it to end, then kills it after a while; no policy starts it again. Does nothing when it does not run. */
  stop(id: string, options?: StopOptions): Promise<void>;
  /** Stops it, where it runs, and starts it; with --rm it stays in between. */
  restart(id: string, options?: StopOptions): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  /** Sends a signal. After its stop signal, or SIGKILL, no policy starts it again. */
  kill(id: string, signal: number): Promise<void>;
  /** Freezes all its processes. */
  pause(id: string): Promise<void>;
  /** The same for a while of the engine's own, which {@link unpause} ends, or a new server. */
  hold(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  /** Changes limits, at once when it runs, and the restart policy. */
  update(id: string, changes: ContainerChanges): Promise<void>;
  /** Removes it; a running one only with `force`. True when it can be restored for a while. */
  remove(id: string, options: RemoveOptions): Promise<boolean>;
  readonly removed: RemovedContainers;
  /** What its files were at some moment, kept, brought back, or given to another container. */
  readonly snapshots: Omit<Snapshots, 'recover' | 'settle' | 'sweep'>;
  exec(id: string, request: ExecRequest): Promise<StartedExec>;
  /**
   * Work that reads the container's files, running or not; while it goes on nobody replaces them. It is ended by its signal, and waited for, before they are removed; then
   * it should throw the signal's reason.
   */
  read<T>(id: string, work: (files: ContainerFiles, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Lets held output go: its client will not come. */
  release(id: string): void;
  /** A client is being attached to it, or has left it to itself. */
  tellAttach(id: string, action: 'attach' | 'detach'): void;
  /** The state after the present run, or the next when it waits for one; at once when neither is there. */
  finished(id: string): Promise<RunState>;
  /** Drops the connections to shims; the containers go on. */
  close(): void;
}
