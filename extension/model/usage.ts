// Which containers use what (images, volumes), by its id: computed once per change, not once per row. Knows no vscode.

import { type ContainerSummary } from '../../runtime-server/protocol/models.ts';
import { type Disposable } from '../base/emitter.ts';
import { type ReadableStore } from './store.ts';

/** What a container uses. */
export type IdsOf = (container: ContainerSummary) => readonly string[];

export class Usage implements Disposable {
  private readonly containers: ReadableStore<ContainerSummary>;
  private readonly idsOf: IdsOf;
  private readonly subscription: Disposable;
  private index: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(containers: ReadableStore<ContainerSummary>, idsOf: IdsOf) {
    this.containers = containers;
    this.idsOf = idsOf;
    this.subscription = containers.onDidChange(() => {
      this.index = undefined;
    });
  }

  /** Names of the containers, running or not, that use it. */
  names(id: string): readonly string[] {
    this.index ??= indexNames(this.containers.all(), this.idsOf);
    return this.index.get(id) ?? [];
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

function indexNames(containers: readonly ContainerSummary[], idsOf: IdsOf): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const container of containers)
    for (const id of idsOf(container)) {
      const names = index.get(id);
      if (names === undefined) index.set(id, [container.name]);
      else names.push(container.name);
    }
  for (const names of index.values()) names.sort();
  return index;
}
