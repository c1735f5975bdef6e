// A file that a person names, written whole or not at all. The path is the client's, made absolute; the server is the same user and
// sees the same mounts.

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalidArgument, isErrno, permissionDenied } from './errors.ts';
import { printable } from './validate.ts';

/**
 * Writes the bytes beside `path` and renames the file there when it is complete, readable for its owner alone, as docker's is. On failure
 * there is what was there before. Throws InvalidArgument in docker's words for a path that no file can have.
 */
export async function writeOutputFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  await checkTarget(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await fs.open(temporary, 'wx', 0o600).catch((cause: unknown) => {
    if (!isErrno(cause, 'EACCES') && !isErrno(cause, 'EPERM')) throw cause;
    throw permissionDenied(`open ${printable(path)}: permission denied`, { cause });
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
  const found = await fs.lstat(path).catch(() => undefined);
  if (found?.isDirectory() === true) throw invalidArgument(`invalid output path: ${printable(path)} is a directory`);
  if (found !== undefined && !found.isFile())
    throw invalidArgument(`${printable(path)} is not a regular file`, { hint: 'Redirect the output: `> FILE`.' });
}
