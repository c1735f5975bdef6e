// The process that keeps the user and mount namespaces (native/README.md): ended with the last server that needs them.

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readStartTime } from '../launcher/process.ts';

/**
 * Ends the holder recorded in the runtime directory, if it is still the same process. The record goes first, so that the
 * next server never joins namespaces that are about to end.
 */
export async function endHolder(runtimeDirectory: string): Promise<void> {
  const path = join(runtimeDirectory, 'holder');
  const text = await readFile(path, 'utf8').catch(() => '');
  const [pid = 0, startTime = 0] = text.trim().split(' ').map(Number);
  await rm(path, { force: true });
  if (pid > 1 && (await readStartTime(pid)) === startTime) process.kill(pid, 'SIGTERM');
}
