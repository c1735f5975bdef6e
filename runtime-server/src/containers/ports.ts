// What the containers need from others, stated by them: images, the launcher, the log. Types only.

import type { ContainerAction } from '../../protocol/events.ts';
import type { ContainerSummary } from '../../protocol/models.ts';

/** The image config's members that decide what a container runs (OCI image-spec, config.md). */
export interface ImageDefaults {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
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

/** Told after each change; `summary` is absent once the container is gone. `attributes`: as docker's events have them. */
export type ContainerListener = (
  action: ContainerAction,
  id: string,
  summary: ContainerSummary | undefined,
  attributes: Readonly<Record<string, string>>,
) => void;
