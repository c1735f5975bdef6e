// Restart policies, as docker has them: how they are written, and what they make of an end and of a new server. Pure: time comes in
// as values (moby restartmanager/restartmanager.go, daemon/daemon.go `restore`).

import { invalidArgument } from '../base/errors.ts';
import { quote } from '../base/validate.ts';
import { isActive } from './states.ts';
import type { RunState } from './record.ts';

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  /** Of on-failure; 0: any number of times. */
  readonly maximumRetryCount: number;
}

/** What is kept between the runs of a container, for the next decision. */
export interface Restarts {
  /** How often it has been started anew by itself since somebody started it. */
  readonly count: number;
  /** Milliseconds to wait before the next start. */
  readonly delay: number;
}

const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A run of that many milliseconds was a good one: waiting begins anew. */
const LONG_ENOUGH = 10_000;

const NAMES: readonly string[] = ['no', 'always', 'unless-stopped', 'on-failure'];

/** `no`, `always`, `unless-stopped`, `on-failure[:N]`; empty is `no`. Throws InvalidArgument. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [name = '', count, ...more] = text.split(':');
  if (text === '') return { name: 'no', maximumRetryCount: 0 };
  if (!NAMES.includes(name) || more.length > 0)
    throw invalid(`unknown policy ${quote(text)}; use one of "no", "always", "on-failure[:N]", or "unless-stopped"`);
  if (count === undefined) return { name: name as RestartPolicy['name'], maximumRetryCount: 0 };
  if (name !== 'on-failure') throw invalid('maximum retry count can only be used with "on-failure"');
  if (!/^\d{1,9}$/.test(count)) throw invalid('maximum retry count must be an integer, not negative');
  return { name, maximumRetryCount: Number(count) };
}

/** What follows the end of a run, `ended`; undefined: nothing, it stays ended. */
export function afterEnd(policy: RestartPolicy, ended: RunState): Restarts | undefined {
  if (ended.stopped === true || !wants(policy, ended)) return undefined;
  const { count = 0, delay = 0 } = ended.restarts ?? {};
  return { count: count + 1, delay: nextDelay(wasLong(ended) ? 0 : delay) };
}

/**
 * Whether a new server starts a container that is not running. On the same boot: one that waited for its start. After a reboot: what
 * the policy says of one that somebody had started.
 */
export function afterServerStart(policy: RestartPolicy, run: RunState, boot: string): boolean {
  if (run.boot === undefined || run.boot === boot) return run.state === 'restarting';
  if (run.state !== 'exited' && !isActive(run.state)) return false;
  return policy.name === 'always' || (policy.name === 'unless-stopped' && run.stopped !== true);
}

function wants({ name, maximumRetryCount }: RestartPolicy, { exitCode, restarts }: RunState): boolean {
  switch (name) {
    case 'no':
      return false;
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure':
      return exitCode !== 0 && (maximumRetryCount === 0 || (restarts?.count ?? 0) < maximumRetryCount);
  }
}

function nextDelay(delay: number): number {
  return delay === 0 ? FIRST_DELAY : Math.min(2 * delay, LONGEST_DELAY);
}

// By the machine's clock: one that jumps costs or saves a wait, and nothing else.
function wasLong({ startedAt = '', finishedAt = '' }: RunState): boolean {
  return Date.parse(finishedAt) - Date.parse(startedAt) >= LONG_ENOUGH;
}

const invalid = (reason: string): Error => invalidArgument(`use restart policy: ${reason}`);
