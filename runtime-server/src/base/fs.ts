// Files that are there whole or not at all (architecture.md §4). Knows no layout of directories.

import { randomBytes } from 'node:crypto';
import * as node from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isErrno } from './errors.ts';

/** Makes a directory's entries (a rename in it) survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await fs.open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file and its data to the disk. Fails with EEXIST when it is there. */
export async function writeNewFile(
  path: string,
  data: string | Uint8Array,
  sync: boolean,
  mode = 0o644,
): Promise<void> {
  const handle = await fs.open(path, 'wx', mode);
  try {
    await handle.writeFile(data);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface AtomicOptions {
  /** On the same file system; default: the file's own directory. */
  readonly temporaryDirectory?: string;
  /** False: somebody else brings it to the disk later; until then a power cut may leave an empty file. Default true. */
  readonly sync?: boolean;
  /** Permissions of the new file; default 644. */
  readonly mode?: number;
}

/** Replaces `path` by `data` at once: a reader sees the old file or the new one, also after a power cut. */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { temporaryDirectory = dirname(path), sync = true, mode }: AtomicOptions = {},
): Promise<void> {
  const temporary = join(temporaryDirectory, `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeNewFile(temporary, data, sync, mode);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  if (sync) await syncDirectory(dirname(path));
}

/**
 * Moves a file to its final name unless that name is taken. Returns false, and removes `from`, when it is: under a
 * content-addressed name both are the same.
 */
export async function moveFileNoReplace(from: string, to: string): Promise<boolean> {
  try {
    await fs.link(from, to);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) return moveWithoutLinks(from, to, error);
    await fs.unlink(from);
    return false;
  }
  await fs.unlink(from);
  return true;
}

// File systems without hard links: this process is the only writer, so looking first is enough.
async function moveWithoutLinks(from: string, to: string, error: unknown): Promise<boolean> {
  if (!isErrno(error, 'EPERM') && !isErrno(error, 'ENOTSUP') && !isErrno(error, 'ENOSYS')) throw error;
  if (await exists(to)) {
    await fs.unlink(from);
    return false;
  }
  await fs.rename(from, to);
  return true;
}

/** Moves a non-empty directory to its final name; false when a non-empty directory has that name already. */
export async function moveDirectoryNoReplace(from: string, to: string): Promise<boolean> {
  try {
    await fs.rename(from, to);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY') || isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await fs.lstat(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return false;
    throw error;
  }
}

// Of thousands of small files one after the other: node:fs/promises makes a FileHandle for each, which costs as much again.
const readFile = promisify(node.readFile);

/** The file's bytes; undefined when it is not there. */
export async function readIfExists(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * The bytes of a small file, without giving anybody else a turn: in a row of thousands that costs a tenth. Undefined when it is
 * no regular file, not there, or larger than `max`.
 */
export function readSmallFile(path: string, max: number): Buffer | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = node.constants;
  let file: number | undefined;
  try {
    file = node.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const found = node.fstatSync(file);
    return found.isFile() && found.size <= max ? readFully(file, found.size) : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ELOOP')) return undefined;
    throw error;
  } finally {
    if (file !== undefined) node.closeSync(file);
  }
}

function readFully(file: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const count = node.readSync(file, bytes, filled, size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** Names in a directory; none when it is not there. */
export async function listNames(path: string): Promise<readonly string[]> {
  try {
    return await fs.readdir(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Removes a file or a tree, also one with directories that its owner may not write, or deeper than a path can be. Nothing there is no error. */
export async function removeTree(path: string): Promise<void> {
  try {
    await fs.rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENAMETOOLONG'].some((code) => isErrno(error, code))) throw error;
    await openUp(path);
    await fs.rm(path, { recursive: true, force: true });
  }
}

/** Characters: with one more name, well below what the kernel takes for a path. */
const PATH_FAR = 2048;

// Makes every directory writable, and brings those that are far down to the top, one piece after the other.
async function openUp(top: string): Promise<void> {
  const waiting = (await fs.lstat(top)).isDirectory() ? [top] : [];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    await fs.chmod(path, 0o700);
    for (const entry of await fs.readdir(path, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const child = join(path, entry.name);
      const place = child.length < PATH_FAR ? child : join(top, randomBytes(16).toString('hex'));
      if (place !== child) await fs.rename(child, place);
      waiting.push(place);
    }
  }
}
