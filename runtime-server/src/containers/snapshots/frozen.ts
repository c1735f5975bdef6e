// Directories of containers' own files that are written no more: <data>/frozen/<id>, each the lower directory of as many containers as
// have it in their stack. Knows no container and no snapshot.

import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss, isErrno } from '../../base/errors.ts';
import { exists, listNames, syncDirectory } from '../../base/fs.ts';
import type { Workspace } from '../../base/workspace.ts';
import { isContainerId } from '../record.ts';
import type { UpperTool } from '../ports.ts';
import { treeSize } from '../size.ts';

export interface Frozen {
  /** Finds what is there. Once, before anything else. */
  start(): Promise<void>;
  /** The directories of a stack (bottom first), top first. Rejects with DataLoss when one is missing. */
  lowerDirs(stack: readonly string[]): Promise<readonly string[]>;
  path(id: string): string;
  ids(): readonly string[];
  /** Takes a directory over by its new name. */
  take(directory: string, id: string): Promise<void>;
  /** A new directory in tmp/, empty, with owner, mode and attributes of the top of a stack: they are those of the container's "/". */
  shell(stack: readonly string[]): Promise<string>;
  discard(id: string): Promise<void>;
  /** Bytes of file content in all directories of a stack. */
  size(stack: readonly string[]): Promise<number>;
}

export interface FrozenOptions {
  readonly dataDirectory: string;
  readonly workspace: Pick<Workspace, 'temporary' | 'discard'>;
  readonly tool: Pick<UpperTool, 'copy'>;
}

export function createFrozen({ dataDirectory, workspace, tool }: FrozenOptions): Frozen {
  const root = join(dataDirectory, 'frozen');
  /** What is there, and its size once somebody has asked: it never changes. */
  const present = new Map<string, Promise<number> | undefined>();
  const path = (id: string): string => join(root, id);
  const sizeOf = (id: string): Promise<number> => {
    const size = present.get(id) ?? treeSize(path(id));
    if (present.has(id)) present.set(id, size);
    return size;
  };
  return {
    async start() {
      for (const name of (await listNames(root)).filter(isContainerId)) present.set(name, undefined);
    },
    async lowerDirs(stack) {
      for (const id of stack)
        if (!(await exists(path(id))))
          throw dataLoss(`the frozen files ${id.slice(0, 12)} are missing`, {
            hint: 'Rewind the container to a snapshot from before, or remove it.',
          });
      return stack.map(path).reverse();
    },
    path,
    ids: () => [...present.keys()],
    async take(directory, id) {
      await fs.mkdir(root, { recursive: true, mode: 0o700 });
      await fs.rename(directory, path(id));
      present.set(id, undefined);
      await syncDirectory(root);
    },
    async shell(stack) {
      const directory = workspace.temporary('upper');
      const top = stack.at(-1);
      await fs.mkdir(directory, { mode: 0o755 });
      if (top === undefined) return directory;
      try {
        await tool.copy(path(top), directory, { shell: true });
        return directory;
      } catch (error) {
        await workspace.discard(directory);
        throw error;
      }
    },
    async discard(id) {
      await workspace.discard(path(id));
      present.delete(id);
    },
    size: async (stack) => (await Promise.all(stack.map(sizeOf))).reduce((total, size) => total + size, 0),
  };
}

/** Whether a directory's own owner and mode are those that a new container's has, or the one's at `top`. */
export async function hasMode(directory: string, top: string | undefined): Promise<boolean> {
  const own = await fs.lstat(directory);
  const wanted =
    top === undefined
      ? { mode: 0o40755, uid: process.geteuid?.(), gid: process.getegid?.() }
      : await fs.lstat(top).catch((error: unknown) => {
          if (isErrno(error, 'ENOENT')) return undefined;
          throw error;
        });
  return wanted !== undefined && own.mode === wanted.mode && own.uid === wanted.uid && own.gid === wanted.gid;
}
