// Directories that a layer uses without making them: their owner, mode and time come from the layers below, or the
// container would see a guess (a /tmp of mode 0755). Never follows a link.

import * as fs from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../base/errors.ts';

/**
 * Gives each implied directory of `layer` the attributes it has in the topmost of `lower` that has it. `paths` are
 * relative, parents before children.
 */
export async function inheritAttributes(
  layer: string,
  paths: readonly string[],
  lower: readonly string[],
): Promise<void> {
  for (const path of [...paths].reverse()) {
    const parts = path.split('/').filter((part) => part !== '');
    if (parts.length === 0 || parts.some((part) => part === '.' || part === '..')) continue;
    const found = await findBelow(parts, lower);
    const own = found === undefined ? undefined : await statDirectory(layer, parts);
    if (found === undefined || own?.isDirectory() !== true) continue;
    const target = join(layer, ...parts);
    if (own.uid !== found.uid || own.gid !== found.gid) await fs.lchown(target, found.uid, found.gid);
    await fs.chmod(target, found.mode & 0o7777);
    await fs.lutimes(target, found.atime, found.mtime);
  }
}

async function findBelow(parts: readonly string[], lower: readonly string[]): Promise<Stats | undefined> {
  for (const directory of lower) {
    const found = await statDirectory(directory, parts);
    if (found !== undefined) return found.isDirectory() ? found : undefined; // a whiteout or a file ends the search
  }
  return undefined;
}

// The directory itself, or the first thing on the way to it that is no directory; undefined where there is nothing.
async function statDirectory(root: string, parts: readonly string[]): Promise<Stats | undefined> {
  let path = root;
  let found: Stats | undefined;
  for (const part of parts) {
    path = join(path, part);
    try {
      found = await fs.lstat(path);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
    if (!found.isDirectory()) return found;
  }
  return found;
}
