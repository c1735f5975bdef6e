// A person on the fresh machine: the installed program, nothing set by hand, the session that logging in gives.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { collect, type Result } from '../support/world.ts';

const client = resolve(import.meta.dirname, '../../dist/bin/slipway');

/** The image that comes with the package: no network is needed. */
export const IMAGE = 'localhost/starter';

/** Runs `slipway` with these words to its end. */
export function slipway(...words: string[]): Promise<Result> {
  return collect(spawn(client, words, { stdio: 'pipe' }));
}

/** Like {@link slipway}; anything but status 0 is an error that shows all that was printed. Resolves with standard output. */
export async function ok(...words: string[]): Promise<string> {
  const result = await slipway(...words);
  if (result.status !== 0) throw new Error(`slipway ${words.join(' ')}: ${JSON.stringify(result)}`);
  return result.stdout;
}

/** `slipway inspect` of one container, or what `path` (`State.Pid`) leads to in it. */
export async function inspect(name: string, path = ''): Promise<unknown> {
  const [found] = JSON.parse(await ok('inspect', name)) as unknown[];
  return path
    .split('.')
    .filter((word) => word !== '')
    .reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], found);
}

/** The cgroup v2 path of a process, from the mount's root. */
export function cgroupOf(pid: number): string {
  return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
}
