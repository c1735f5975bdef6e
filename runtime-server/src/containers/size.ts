// What a container has written: the bytes of its own layer. Reads only.

import type { Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../base/errors.ts';

/**
 * Bytes of file content below a directory, each hard-linked file once. What goes away meanwhile does not count; a directory that is
 * not there is empty. One directory is open at a time, whatever the depth.
 */
export async function treeSize(directory: string): Promise<number> {
  const linked = new Set<string>();
  const waiting = [directory];
  let total = 0;
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const entry of await entriesOf(path)) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) waiting.push(inside);
      else if (entry.isFile()) total += await fileSize(inside, linked);
    }
  }
  return total;
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  try {
    return await fs.readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw error;
  }
}

async function fileSize(path: string, linked: Set<string>): Promise<number> {
  try {
    const { size, nlink, dev, ino } = await fs.lstat(path);
    const key = `${dev}.${ino}`;
    if (nlink > 1 && linked.has(key)) return 0;
    if (nlink > 1) linked.add(key);
    return size;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}
