// The one tree of both views: rows from a source, opened on first sight, single rows refreshed. Knows no kind of object.

import { EventEmitter, window, type TreeDataProvider, type TreeItem, type TreeView } from 'vscode';
import { type Disposable, type Event } from '../base/emitter.ts';
import { type Target, type ViewId } from '../contributions.ts';
import { targetKey, type RowSource } from './sources.ts';
import { goneItem, toTooltip, toTreeItem } from './tree-item.ts';

export interface TreeOptions<T extends Target> {
  readonly view: ViewId;
  readonly source: RowSource<T>;
  /** Makes sure that the source is filled; called when the view is first seen. Rejects when it can't be. */
  readonly open: () => Promise<void>;
}

export interface Tree<T extends Target> extends Disposable {
  readonly selection: readonly T[];
  /** Asks for all rows again. */
  refresh(): void;
  /** Selects the row and scrolls to it, without taking the focus; nothing when there is no such row. */
  reveal(target: T): Promise<void>;
  readonly onDidChange: Event<unknown>;
  /** What the view shows right now. */
  rows(): Promise<readonly TreeItem[]>;
}

export function createTree<T extends Target>(options: TreeOptions<T>): Tree<T> {
  const provider = new RowProvider(options);
  const view = window.createTreeView(options.view, {
    treeDataProvider: provider,
    canSelectMany: true,
    showCollapseAll: false,
  });
  return {
    get selection() {
      return view.selection;
    },
    refresh() {
      provider.refresh();
    },
    reveal: (target) => reveal(view, provider, target),
    onDidChange: (listener) => provider.onDidChangeTreeData(listener),
    rows: async () => (await provider.getChildren()).map((target) => provider.getTreeItem(target)),
    dispose() {
      view.dispose();
      provider.dispose();
    },
  };
}

async function reveal<T extends Target>(view: TreeView<T>, provider: RowProvider<T>, target: T): Promise<void> {
  if (!view.visible) return;
  const known = provider.find(target);
  // Rejects when the row went away meanwhile: then there is nothing to reveal.
  if (known !== undefined)
    await Promise.resolve(view.reveal(known, { select: true, focus: false })).catch(() => undefined);
}

/** VS Code tells elements apart by identity, so each row keeps one object for as long as it exists. */
class RowProvider<T extends Target> implements TreeDataProvider<T> {
  private readonly options: TreeOptions<T>;
  private readonly changes = new EventEmitter<T | T[] | undefined>();
  private readonly subscription: Disposable;
  private elements = new Map<string, T>();

  readonly onDidChangeTreeData = this.changes.event;

  constructor(options: TreeOptions<T>) {
    this.options = options;
    this.subscription = options.source.onDidChange((targets) => {
      this.changed(targets);
    });
  }

  async getChildren(parent?: T): Promise<T[]> {
    if (parent !== undefined) return [];
    try {
      await this.options.open();
    } catch {
      return []; // the person has been told; the view's welcome text says what to do
    }
    return this.current();
  }

  getParent(): undefined {
    return undefined;
  }

  getTreeItem(target: T): TreeItem {
    const row = this.options.source.row(target);
    return row === undefined ? goneItem(targetKey(target)) : toTreeItem(row);
  }

  resolveTreeItem(item: TreeItem, target: T): TreeItem {
    item.tooltip = toTooltip(this.options.source.tooltip(target));
    return item;
  }

  find(target: T): T | undefined {
    this.current();
    return this.elements.get(targetKey(target));
  }

  refresh(): void {
    this.changes.fire(undefined);
  }

  dispose(): void {
    this.subscription.dispose();
    this.changes.dispose();
  }

  private current(): T[] {
    const before = this.elements;
    const targets = this.options.source.targets();
    this.elements = new Map(targets.map((target) => [targetKey(target), before.get(targetKey(target)) ?? target]));
    return [...this.elements.values()];
  }

  private changed(targets: readonly T[] | undefined): void {
    if (targets === undefined) {
      this.changes.fire(undefined);
      return;
    }
    const known = targets
      .map((target) => this.elements.get(targetKey(target)))
      .filter((element) => element !== undefined);
    if (known.length > 0) this.changes.fire(known);
  }
}
