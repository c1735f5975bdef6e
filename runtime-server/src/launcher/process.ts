// What /proc says of a process (proc_pid_stat(5)).

import { readFile } from 'node:fs/promises';

/** Field 22 of /proc/PID/stat, clock ticks since boot: with the pid it names one process for good. Undefined when it is gone. */
export async function readStartTime(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field, in parentheses, may contain anything.
  const field = text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  return field === undefined ? undefined : Number(field);
}

/** SIGKILL for a process that may be gone already. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone.
  }
}
