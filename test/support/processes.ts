// Processes of the machine as tests look at them.

import { existsSync, readFileSync } from 'node:fs';

/** Resolves when the process is gone: reads its state from /proc until the kernel forgets it. */
export async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The parent's process id: of a container's init, its shim's. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
