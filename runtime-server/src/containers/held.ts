// A container's processes held while its files are read, where that is possible.

import { isCode } from '../base/errors.ts';
import type { Containers } from './contract.ts';

/** Where it can't be held (stopped, paused by somebody, no cgroup) its files are taken as they are. */
export async function whileHeld<T>(
  containers: Pick<Containers, 'hold' | 'unpause'>,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  const held = await holdIfPossible(containers, id);
  try {
    return await work();
  } finally {
    if (held) await letGo(containers, id);
  }
}

async function holdIfPossible(containers: Pick<Containers, 'hold'>, id: string): Promise<boolean> {
  try {
    await containers.hold(id);
    return true;
  } catch (error) {
    if (isCode(error, 'Conflict') || isCode(error, 'Unsupported') || isCode(error, 'LauncherFailed')) return false;
    throw error;
  }
}

// It may have ended, or somebody else let it go on.
async function letGo(containers: Pick<Containers, 'unpause'>, id: string): Promise<void> {
  try {
    await containers.unpause(id);
  } catch (error) {
    if (!isCode(error, 'Conflict') && !isCode(error, 'NotFound')) throw error;
  }
}
