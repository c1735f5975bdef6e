// The last known state of the objects of one kind, by id, with exact changes. Knows no wire and no vscode.

import { Emitter, type Event } from '../base/emitter.ts';

/** `ids` undefined: anything may have changed. */
export interface StoreChange {
  readonly ids: readonly string[] | undefined;
  /** Whether objects came or went, so that not only rows but the list itself is different. */
  readonly membership: boolean;
}

export interface ReadableStore<T> {
  readonly onDidChange: Event<StoreChange>;
  get(id: string): T | undefined;
  all(): readonly T[];
}

export class Store<T extends { readonly id: string }> implements ReadableStore<T> {
  private readonly emitter = new Emitter<StoreChange>();
  private items = new Map<string, T>();

  readonly onDidChange = this.emitter.event;

  get(id: string): T | undefined {
    return this.items.get(id);
  }

  all(): readonly T[] {
    return [...this.items.values()];
  }

  replaceAll(items: readonly T[]): void {
    this.items = new Map(items.map((item) => [item.id, item]));
    this.emitter.fire({ ids: undefined, membership: true });
  }

  /** Takes the state after a change; undefined: the object is gone. */
  put(id: string, item: T | undefined): void {
    const known = this.items.has(id);
    if (item === undefined) this.items.delete(id);
    else this.items.set(id, item);
    if (known || item !== undefined) this.emitter.fire({ ids: [id], membership: known !== (item !== undefined) });
  }

  dispose(): void {
    this.emitter.dispose();
  }
}
