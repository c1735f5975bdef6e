// Files that a person names: written whole or not at all, and why one can't be opened. The path is the client's, made absolute; the server
// is the same user and sees the same mounts.

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalidArgument, isErrno, notFound, permissionDenied } from './errors.ts';
import { printable } from './validate.ts';

/**
 * Writes the bytes beside `path` and renames the file there when it is complete, readable for its owner alone as docker's is. On failure
 * there is what was there before.
 */
export async function writeOutputFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  refuseDescriptor(path);
  await checkTarget(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await fs.open(temporary, 'wx', 0o600).catch((error: unknown) => {
    throw pathError(error, path);
  });
  try {
    await pipeline(bytes, createWriteStream('', { fd: handle.fd, autoClose: false }), { signal });
    await handle.sync();
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function checkTarget(path: string): Promise<void> {
  const folder = await fs.stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true)
    throw invalidArgument(`invalid output path: directory ${printable(dirname(path))} does not exist`);
  const found = await fs.stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) throw invalidArgument(`invalid output path: ${printable(path)} is a directory`);
  if (found !== undefined && !found.isFile()) throw notRegular(path);
}

/** Descriptors are each process's own: the server's are not the client's. */
export function refuseDescriptor(path: string): void {
  if (!/^\/(?:dev\/(?:fd|std(?:in|out|err))|proc\/(?:self|thread-self|\d+)\/fd)(?:\/|$)/.test(path)) return;
  throw invalidArgument(`${printable(path)} is a descriptor of another process here`, {
    hint: 'Redirect it: `< FILE` or `| slipway …`, `> FILE` or `slipway … |`.',
  });
}

/** The error for what is there but can't be read or replaced as a file. */
export function notRegular(path: string): Error {
  return invalidArgument(`${printable(path)} is not a regular file`, { hint: 'Redirect it: `< FILE` or `> FILE`.' });
}

/** What a failed open means to a person; other errors stay as they are. */
export function pathError(error: unknown, path: string): unknown {
  const options = { cause: error };
  if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR'))
    return notFound(`open ${printable(path)}: no such file or directory`, options);
  if (isErrno(error, 'EACCES') || isErrno(error, 'EPERM'))
    return permissionDenied(`open ${printable(path)}: permission denied`, options);
  return error;
}
