// What the tests that run in an extension host get from `activate`; in a person's VS Code there is nothing.

import { ExtensionMode, type ExtensionContext, type TreeItem } from 'vscode';
import { type Disposable } from './base/emitter.ts';
import { type Target, type VIEW } from './contributions.ts';
import { type Session, type SessionState } from './session.ts';
import { type Tree } from './views/tree.ts';

type ViewName = keyof typeof VIEW;

export interface TestApi {
  readonly state: () => SessionState;
  /** Resolves when the state is this one: at once when it is already. */
  readonly untilState: (wanted: SessionState) => Promise<void>;
  readonly rows: (view: ViewName) => Promise<readonly TreeItem[]>;
  /** Resolves at the view's next change. */
  readonly nextChange: (view: ViewName) => Promise<void>;
  readonly deactivate: () => Promise<void>;
  /** What is to be disposed of when the extension ends. */
  readonly disposables: Disposable[];
}

export interface TestApiOptions {
  readonly context: ExtensionContext;
  readonly session: Session;
  readonly views: Readonly<Record<ViewName, Tree<Target>>>;
  readonly deactivate: () => Promise<void>;
}

export function testApi({ context, session, views, deactivate }: TestApiOptions): TestApi | undefined {
  if (context.extensionMode !== ExtensionMode.Test) return undefined;
  return {
    state: () => session.state,
    untilState: (wanted) => (session.state === wanted ? Promise.resolve() : until(session.onDidChangeState, wanted)),
    rows: (view) => views[view].rows(),
    nextChange: (view) => until(views[view].onDidChange),
    deactivate,
    disposables: context.subscriptions,
  };
}

function until<T>(event: (listener: (value: T) => void) => Disposable, wanted?: T): Promise<void> {
  return new Promise((resolve) => {
    const subscription = event((value) => {
      if (wanted !== undefined && value !== wanted) return;
      subscription.dispose();
      resolve();
    });
  });
}
