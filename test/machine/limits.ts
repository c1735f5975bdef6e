// What the limit tests of both boots need: the files of a container's cgroup.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupOf, inspect } from './slipway.ts';

/** The trimmed text of a control file of a running container's cgroup. */
export async function control(name: string, file: string): Promise<string> {
  const pid = Number(await inspect(name, 'State.Pid'));
  return readFileSync(join('/sys/fs/cgroup', cgroupOf(pid), file), 'utf8').trim();
}
