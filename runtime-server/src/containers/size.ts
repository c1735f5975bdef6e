// What a container has written: the bytes of its own layer. Reads only.

import type { Dirent, Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../base/errors.ts';

/**
 * Bytes of file content below a directory, each hard-linked file once. What goes away meanwhile does not count; a directory that is
 * not there is empty. One directory is open at a time, whatever the depth.
 */
export function treeSize(directory: string): Promise<number> {
  return sum(directory, ({ size }, isFile) => (isFile ? size : 0));
}

/** Bytes that it takes on the disk, by and large: the blocks of everything in it, and as many for each name. */
export function treeUsage(directory: string): Promise<number> {
  return sum(directory, ({ blocks }) => blocks * 512 + NAME);
}

/** An inode and its place in a directory. */
const NAME = 512;

type Weigh = (stats: Stats, isFile: boolean) => number;

async function sum(directory: string, weigh: Weigh): Promise<number> {
  const linked = new Set<string>();
  const waiting = [directory];
  let total = 0;
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const entry of await entriesOf(path)) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) waiting.push(inside);
      total += await weight(inside, entry.isFile(), linked, weigh);
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

async function weight(path: string, isFile: boolean, linked: Set<string>, weigh: Weigh): Promise<number> {
  try {
    const stats = await fs.lstat(path);
    const key = `${stats.dev}.${stats.ino}`;
    const more = isFile && stats.nlink > 1;
    if (more && linked.has(key)) return 0;
    if (more) linked.add(key);
    return weigh(stats, isFile);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}
