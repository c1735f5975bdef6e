// What snapshots need of the containers, and what they offer. Types only.

import type { ContainerAction } from '../../../protocol/events.ts';
import type { Logger } from '../../base/log.ts';
import type { Workspace } from '../../base/workspace.ts';
import type { Cell } from '../cell.ts';
import type { Attributes, Containers } from '../contract.ts';
import type { StopOptions } from '../live.ts';
import type { LowerSources } from '../lowers.ts';
import type { UpperTool } from '../ports.ts';
import type { ContainerRecord } from '../record.ts';
import type { ContainerStore } from '../store.ts';
import type { Frozen } from './frozen.ts';
import type { SnapshotStore } from './store.ts';

export interface SnapshotsDeps extends LowerSources {
  readonly store: Pick<ContainerStore, 'paths' | 'save'>;
  readonly snapshots: SnapshotStore;
  readonly frozen: Frozen;
  readonly uppers: UpperTool;
  readonly workspace: Pick<Workspace, 'discard'>;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Who keeps the containers. */
export interface SnapshotHost extends Pick<Containers, 'hold' | 'unpause' | 'read'> {
  cell(id: string): Cell;
  /** Of the containers that there are. */
  records(): readonly ContainerRecord[];
  /** Of those that were removed and can be restored: their files must stay as well. */
  removed(): Iterable<ContainerRecord>;
  /** It has not been removed. */
  has(cell: Cell): boolean;
  /** A new container like `source`; `upper` becomes its own directory. */
  add(
    source: ContainerRecord,
    name: string | undefined,
    stack: readonly string[],
    upper: string,
  ): Promise<ContainerRecord>;
  /** Stops it, does that, and starts it again, whatever came of it. */
  restart<T>(cell: Cell, options: StopOptions, between: () => Promise<T>): Promise<T>;
  tell(action: ContainerAction, cell: Cell, attributes?: Attributes): void;
}

export interface ForkOptions {
  /** Absent: a new one. */
  readonly name?: string | undefined;
}

export interface RewindOptions extends StopOptions {
  readonly force: boolean;
}

/** Bytes. */
export interface SnapshotUsage {
  readonly count: number;
  readonly size: number;
  readonly reclaimable: number;
}
