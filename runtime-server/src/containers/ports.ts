// What the containers need from others, stated by them: images, the launcher, the log. Types only.

import type { ContainerEvent } from '../../protocol/events.ts';
import type { VolumeRequest } from '../../protocol/mounts.ts';
import type { Packer } from '../layers/packer.ts';
import type { ImageHealthCheck } from '../oci/image-config.ts';
import type { VolumeKind } from '../volumes/options.ts';

/** The image config's members that decide what a container runs (OCI image-spec, config.md). */
export interface ImageDefaults {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly Shell?: readonly string[];
  readonly Healthcheck?: ImageHealthCheck;
  readonly Labels?: Readonly<Record<string, string>>;
  /** Keys are paths in the container. */
  readonly Volumes?: Readonly<Record<string, unknown>>;
}

/** An image that is here, as a container is created from it. */
export interface SourceImage {
  readonly id: string;
  readonly manifestDigest: string;
  /** As short as Docker shows it. */
  readonly reference: string;
  readonly diffIds: readonly string[];
  readonly config: ImageDefaults;
}

export interface LayerSource {
  /** Absolute folders of the layers, top first. Rejects with DataLoss when one is not there. */
  lowerDirs(diffIds: readonly string[]): Promise<readonly string[]>;
}

/** Volumes by name. */
export interface VolumeSource {
  /** Makes it unless it is there. `brief`: it need not survive a power cut. */
  provide(request: VolumeRequest, options?: { readonly brief?: boolean }): Promise<unknown>;
  /** What a container sees of it. */
  kind(name: string): Promise<VolumeKind>;
  /** Absolute path of its files. */
  path(name: string): string;
  /** Rejects with Conflict while `users` names somebody. `keep`: a path that its folder is moved to, whole. */
  remove(name: string, users: (name: string) => readonly string[], keep?: string): Promise<unknown>;
  /** Puts such a folder back, unless there is another volume of that name now. */
  bringBack(name: string, kept: string): Promise<void>;
  tell(action: 'mount' | 'unmount', name: string, attributes: Readonly<Record<string, string>>): void;
}
/** What reads and copies directories in overlay's form. */
export type UpperTool = Pick<Packer, 'changes' | 'copy' | 'sync'>;

/** Told after each change. */
export type ContainerListener = (change: Omit<ContainerEvent, 'type' | 'sequence' | 'epoch' | 'time'>) => void;
