// An ordinary user for tests that run as root: `slipway-test`, with subordinate id ranges. Made once, then reused.
// Knows no program under test.

import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';

export const ORDINARY_USER = 'slipway-test';

export interface OrdinaryUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Starts a program as this user, in its home unless `cwd` says otherwise, with a clean environment and `options.env` on top. */
  readonly runAs: (command: string, args: readonly string[], options?: SpawnOptions) => ChildProcess;
}

/** Why there can be no ordinary user here; undefined when there can. For the `skip` of a test. */
export function withoutOrdinaryUser(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root to run as another user';
  for (const tool of ['/usr/sbin/useradd', '/usr/bin/newuidmap', '/usr/bin/setpriv']) {
    try {
      accessSync(tool, constants.X_OK);
    } catch {
      return `needs ${tool}`;
    }
  }
  return undefined;
}

/** The user, made with useradd when missing. Throws when {@link withoutOrdinaryUser} gives a reason. */
export function ordinaryUser(): OrdinaryUser {
  const reason = withoutOrdinaryUser();
  if (reason !== undefined) throw new Error(`make ordinary user: ${reason}`);
  if (passwdLine() === undefined) make();
  giveRanges();
  const [name = '', , uid = '', gid = '', , home = ''] = passwdLine()?.split(':') ?? [];
  const user = { name, uid: Number(uid), gid: Number(gid), home };
  return { ...user, runAs: (command, args, options) => runAs(user, command, args, options) };
}

function passwdLine(): string | undefined {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${ORDINARY_USER}:`));
}

// Two test files may come here at once: the second useradd fails, and the user is there all the same.
function make(): void {
  try {
    execFileSync('/usr/sbin/useradd', ['-m', '-s', '/bin/sh', ORDINARY_USER], { stdio: 'pipe' });
  } catch (error) {
    if (passwdLine() === undefined) throw error;
  }
}

// useradd gives ranges only where login.defs says so.
function giveRanges(): void {
  const used = ['/etc/subuid', '/etc/subgid'].map((file) => readFileSync(file, 'utf8'));
  if (used.every((text) => text.includes(`${ORDINARY_USER}:`))) return;
  const free = Math.max(100000, ...used.join('\n').split('\n').map(endOfRange));
  const range = `${free}-${free + 65535}`;
  execFileSync('/usr/sbin/usermod', ['--add-subuids', range, '--add-subgids', range, ORDINARY_USER], { stdio: 'pipe' });
}

function endOfRange(line: string): number {
  const [, start = '0', count = '0'] = line.split(':');
  return Number(start) + Number(count);
}

function runAs(
  user: Omit<OrdinaryUser, 'runAs'>,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const { name, uid, gid, home } = user;
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, USER: name, LOGNAME: name, ...options.env };
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--inh-caps=-all'];
  return spawn('/usr/bin/setpriv', [...ids, command, ...args], { cwd: home, ...options, env });
}
