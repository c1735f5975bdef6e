// Where cgroup v2 can be driven: here when it is mounted alone, else the same file again in a mount namespace that has it (root).
// Knows nothing of the C sources.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { unavailable } from '../runtime/support.ts';

export const MOUNT = '/sys/fs/cgroup';
const CGROUP2_SUPER_MAGIC = 0x63677270;

/** True where cgroup v2 is mounted alone. */
export const unified = statfsSync(MOUNT, { bigint: false }).type === CGROUP2_SUPER_MAGIC;
const again = process.env['SLIPWAY_TEST_CGROUP'] === '1';

/** This process's own cgroup below the mount: what tests make lies below it as an ordinary user, below the root as root. */
export const own = ((): string => {
  const line = readFileSync('/proc/self/cgroup', 'utf8').match(/^0::(.*)$/m);
  return line?.[1] ?? '/';
})();

/** Why cgroups can't be driven in this process, or false. */
export const noCgroups: string | false =
  unavailable !== false
    ? unavailable
    : !unified
      ? 'cgroup v2 is not mounted alone (run again in a mount namespace)'
      : false;

/** Controllers that a cgroup below the root can have. */
export function controllers(): string[] {
  return unified ? readFileSync(join(MOUNT, 'cgroup.controllers'), 'utf8').trim().split(' ') : [];
}

/** Why a test that needs these controllers can't run, or false. */
export function lacks(...names: string[]): string | false {
  const missing = names.filter((name) => !controllers().includes(name));
  return missing.length > 0 ? `cgroup v2 has no ${missing.join(', ')} controller here` : false;
}

/** The text of a control file, without its newline. */
export function control(path: string, file: string): string {
  return readFileSync(join(MOUNT, path, file), 'utf8').trim();
}

export function present(path: string): boolean {
  return existsSync(join(MOUNT, path));
}

/** Names of the cgroups directly below. */
export function below(path: string): string[] {
  return readdirSync(join(MOUNT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

const MOUNT_IT = 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"';

/** In a test file: runs it once more where cgroup v2 is mounted, when it is not here. */
export function runWithCgroups(file: string): void {
  if (unified || again) return;
  const skip = unavailable === false ? false : unavailable;
  it('with cgroup v2 mounted in a namespace', { skip, timeout: 300_000 }, () => {
    const words = [
      '--mount',
      '--propagation',
      'private',
      '/bin/sh',
      '-c',
      MOUNT_IT,
      'sh',
      process.execPath,
      '--test',
      file,
    ];
    const env: NodeJS.ProcessEnv = { ...process.env, SLIPWAY_TEST_CGROUP: '1' };
    delete env['NODE_TEST_CONTEXT'];
    const run = spawnSync('unshare', words, {
      encoding: 'utf8',
      env,
      timeout: 280_000,
    });
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /^# pass [1-9]|^ℹ pass [1-9]/m, run.stdout);
  });
}
