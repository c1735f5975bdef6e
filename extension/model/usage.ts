// Which containers are made from which image, by image id: computed once per change, not once per row. Knows no vscode.

import { type ContainerSummary } from '../../runtime-server/protocol/models.ts';
import { type Disposable } from '../base/emitter.ts';
import { type ReadableStore } from './store.ts';

export class ImageUsage implements Disposable {
  private readonly containers: ReadableStore<ContainerSummary>;
  private readonly subscription: Disposable;
  private index: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(containers: ReadableStore<ContainerSummary>) {
    this.containers = containers;
    this.subscription = containers.onDidChange(() => {
      this.index = undefined;
    });
  }

  /** Names of the containers, running or not, that are made from an image. */
  names(imageId: string): readonly string[] {
    this.index ??= indexByImage(this.containers.all());
    return this.index.get(imageId) ?? [];
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

function indexByImage(containers: readonly ContainerSummary[]): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const { imageId, name } of containers) {
    const names = index.get(imageId);
    if (names === undefined) index.set(imageId, [name]);
    else names.push(name);
  }
  for (const names of index.values()) names.sort();
  return index;
}
