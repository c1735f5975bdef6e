// <data>/tmp and <data>/trash: where things are built before they get their name, and where they go to be deleted.
// What a former server left there is removed at the start. Knows nothing of what is built.

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from './errors.ts';
import { listNames, removeTree } from './fs.ts';

export interface Workspace {
  /** Makes the directories and forgets what former servers left in them; await it before anything else. */
  start(): Promise<void>;
  /** A new path in tmp/ for something in progress; `kind` is part of its name. Nothing is made there. */
  temporary(kind: string): string;
  /** Takes a path away at once (rename) and removes its tree in the background. Nothing there is no error. */
  discard(path: string): Promise<void>;
  /** Waits for the removals going on. */
  idle(): Promise<void>;
}

export interface WorkspaceOptions {
  readonly dataDirectory: string;
  /** Names this server process; part of every name, so that leftovers of others are told apart. Default: random. */
  readonly epoch?: string;
  readonly onError?: (message: string) => void;
}

// Several workspaces of one process (over one directory) neither take each other for leftovers nor use the same names.
const thisProcess = { epoch: randomBytes(6).toString('hex'), names: 0 };

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const tmp = join(options.dataDirectory, 'tmp');
  const trash = join(options.dataDirectory, 'trash');
  const prefix = `${options.epoch ?? thisProcess.epoch}.`;
  const removals = new Set<Promise<void>>();
  const next = (kind: string): string => `${prefix}${(thisProcess.names += 1)}.${kind}`;

  const remove = (path: string): void => {
    const removal = removeTree(path)
      .catch((error: unknown) => {
        options.onError?.(`remove ${path}: ${String(error)}`);
      })
      .finally(() => removals.delete(removal));
    removals.add(removal);
  };

  const discard = async (path: string): Promise<void> => {
    const grave = join(trash, next('gone'));
    try {
      await fs.rename(path, grave);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return;
      throw error;
    }
    remove(grave);
  };

  return {
    async start() {
      await fs.mkdir(tmp, { recursive: true });
      await fs.mkdir(trash, { recursive: true });
      for (const name of await listNames(trash)) if (!name.startsWith(prefix)) remove(join(trash, name));
      for (const name of await listNames(tmp)) if (!name.startsWith(prefix)) await discard(join(tmp, name));
    },
    temporary: (kind) => join(tmp, next(kind)),
    discard,
    async idle() {
      await Promise.all(removals);
    },
  };
}
