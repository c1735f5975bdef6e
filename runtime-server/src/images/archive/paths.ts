// Archives as files that a person names, opened for reading. The path is the client's, made absolute; the server is the same user and
// sees the same mounts.

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { notRegular, pathError, refuseDescriptor } from '../../base/output-file.ts';

/** Its bytes and how many they are. Throws in docker's words where there is no such regular file. */
export async function openArchive(path: string): Promise<{ readonly bytes: Readable; readonly size: number }> {
  refuseDescriptor(path);
  // Not to wait for the other end of a pipe.
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw pathError(error, path);
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw notRegular(path);
    return { bytes: handle.createReadStream({ highWaterMark: 1 << 18 }), size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
