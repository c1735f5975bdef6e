// What the server pushes whenever something changes. Owns the shape; the order is the `sequence`.

import type { ContainerSummary, ImageSummary } from './models.ts';
import type { VolumeSummary } from './mounts.ts';

export type ImageAction = 'pull' | 'push' | 'import' | 'load' | 'save' | 'commit' | 'tag' | 'untag' | 'delete';
export type ContainerAction =
  | 'create'
  | 'start'
  | 'kill'
  | 'stop'
  | 'restart'
  | 'pause'
  | 'unpause'
  | 'oom'
  | 'die'
  | 'destroy'
  | 'restore'
  | 'rename'
  | 'update'
  | 'snapshot'
  | 'fork'
  | 'rewind'
  | 'health_status'
  | 'attach'
  | 'detach'
  | 'exec_create'
  | 'exec_start'
  | 'exec_die';

export type VolumeAction = 'create' | 'mount' | 'unmount' | 'destroy' | 'prune';

/** `sequence` rises by one with each event of one server process; a gap or a new `epoch` means: list again. */
interface EventBase {
  readonly sequence: number;
  readonly epoch: string;
  /** RFC 3339. */
  readonly time: string;
}

/** `image` is the state after the change; absent when the image is gone. */
export interface ImageEvent extends EventBase {
  readonly type: 'image';
  readonly action: ImageAction;
  readonly id: string;
  /** As docker names them: `name`, where it has one. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly image?: ImageSummary;
}

/** `container` is the state after the change; absent when the container is gone. */
export interface ContainerEvent extends EventBase {
  readonly type: 'container';
  readonly action: ContainerAction;
  readonly id: string;
  /** What docker has behind the action: `healthy` of `health_status: healthy`. */
  readonly detail?: string;
  /** As docker names them: `name`, `image`, the labels, `exitCode`, `signal`, … */
  readonly attributes: Readonly<Record<string, string>>;
  readonly container?: ContainerSummary;
}

/** `id` is the name, empty for `prune`. `volume` is the new one of `create`. */
export interface VolumeEvent extends EventBase {
  readonly type: 'volume';
  readonly action: VolumeAction;
  readonly id: string;
  /** As docker names them: `driver`, `container`, `destination`, `reclaimed`, … */
  readonly attributes: Readonly<Record<string, string>>;
  readonly volume?: VolumeSummary;
}

export type EngineEvent = ImageEvent | ContainerEvent | VolumeEvent;
