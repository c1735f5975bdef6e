// Health checks as docker has them: what is configured, and what a probe's result makes of the state. Pure: time and results come in
// as values (moby daemon/health.go).

import type { HealthOptions, HealthStatus } from '../../protocol/models.ts';
import { invalidArgument } from '../base/errors.ts';
import { compact } from '../base/validate.ts';
import type { ImageHealthCheck } from '../oci/image-config.ts';

/** Docker's HealthConfig; spans in nanoseconds, 0 or absent: the default. */
export interface HealthCheck extends HealthOptions {
  /** `CMD` and its words, or `CMD-SHELL` and a line. */
  readonly test: readonly string[];
  /** What runs a line; absent: `/bin/sh -c`. */
  readonly shell?: readonly string[];
}

export interface Health {
  readonly status: HealthStatus;
  /** Failures since the last success. */
  readonly failingStreak: number;
  /** The last results, the newest last. */
  readonly log: readonly ProbeResult[];
}

export interface ProbeResult {
  /** RFC 3339. */
  readonly start: string;
  readonly end: string;
  /** -1: it could not be run, or took too long. */
  readonly exitCode: number;
  readonly output: string;
}

export const NEW_HEALTH: Health = { status: 'starting', failingStreak: 0, log: [] };

const LOG_LENGTH = 5;
const MILLISECOND = 1e6;
const SECOND = 1e9;
const DEFAULTS = { interval: 30 * SECOND, timeout: 30 * SECOND, startInterval: 5 * SECOND, retries: 3 };
const SPANS = ['interval', 'timeout', 'startPeriod', 'startInterval'] as const;

/** What a container is checked with: what was asked for, else the image's; undefined: nothing. Throws InvalidArgument. */
export function healthCheckOf(
  asked: HealthOptions | undefined,
  image: ImageHealthCheck = {},
  shell?: readonly string[],
): HealthCheck | undefined {
  const { test = image.Test, ...given } = asked ?? {};
  const spans = compact({
    interval: given.interval ?? image.Interval,
    timeout: given.timeout ?? image.Timeout,
    startPeriod: given.startPeriod ?? image.StartPeriod,
    startInterval: given.startInterval ?? image.StartInterval,
    retries: given.retries ?? image.Retries,
  });
  for (const name of SPANS) {
    const span = spans[name] ?? 0;
    if (span !== 0 && !(span >= MILLISECOND)) throw invalid(`${name} cannot be less than 1ms`);
  }
  if (!Number.isInteger(spans.retries ?? 0) || (spans.retries ?? 0) < 0) throw invalid('retries cannot be negative');
  if (test === undefined || test.length === 0 || test[0] === 'NONE') return undefined;
  const [kind, ...words] = test;
  if ((kind !== 'CMD' && kind !== 'CMD-SHELL') || words.length === 0) {
    // An image's is passed over, as in docker.
    if (asked?.test === undefined) return undefined;
    throw invalid('the test is neither CMD, CMD-SHELL nor NONE');
  }
  return { ...spans, test, ...(shell === undefined ? {} : { shell }) };
}

/** The words of a probe's process. */
export function probeArguments({ test: [kind, ...words], shell = ['/bin/sh', '-c'] }: HealthCheck): readonly string[] {
  return kind === 'CMD' ? words : [...shell, words.join(' ')];
}

/** Milliseconds that a probe may take. */
export const probeTimeout = ({ timeout }: HealthCheck): number => orDefault(timeout, DEFAULTS.timeout);

/** Milliseconds until the next probe. `up`: for how many milliseconds it has been running. */
export function probeDelay(check: HealthCheck, { status }: Health, up: number): number {
  if (status === 'starting' && isStarting(check, up)) return orDefault(check.startInterval, DEFAULTS.startInterval);
  return orDefault(check.interval, DEFAULTS.interval);
}

/** The state after one more result. Failures in the start period of one that was never healthy don't count. */
export function afterProbe(check: HealthCheck, before: Health, result: ProbeResult, up: number): Health {
  const log = [...before.log, result].slice(-LOG_LENGTH);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  if (before.status === 'starting' && isStarting(check, up)) return { ...before, log };
  const failingStreak = before.failingStreak + 1;
  const failed = failingStreak >= (check.retries || DEFAULTS.retries);
  return { status: failed ? 'unhealthy' : before.status, failingStreak, log };
}

const isStarting = ({ startPeriod = 0 }: HealthCheck, up: number): boolean => up < startPeriod / MILLISECOND;

const orDefault = (span: number | undefined, otherwise: number): number => (span || otherwise) / MILLISECOND;

const invalid = (reason: string): Error => invalidArgument(`check health: ${reason}`);
