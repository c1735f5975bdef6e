// A transport that tries again what is worth it: 429 after the pause the registry asks for, 5xx, broken connections.

import { sleep } from '../base/abort.ts';
import { backoff } from '../base/retry.ts';
import { isTransient } from './failures.ts';
import type { HttpResponse, Transport } from './http.ts';

export interface RetryPolicy {
  readonly attempts: number;
  /** Milliseconds of the first pause; doubled with each try. */
  readonly base: number;
  /** Longest pause in milliseconds. A registry that asks for more is not asked again. */
  readonly cap: number;
  readonly onRetry?: () => void;
}

const WORTH_IT: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Retries until `attempts` are used up; the last response or error is the outcome. */
export function withRetry(next: Transport, policy: RetryPolicy): Transport {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const pause = (asked?: number): number | undefined => pauseOf(policy, attempt, asked);
      let wait: number | undefined;
      try {
        const response = await next(request);
        wait = WORTH_IT.has(response.status) ? pause(retryAfter(response)) : undefined;
        if (wait === undefined) return response;
        response.discard();
      } catch (error) {
        wait = isTransient(error) && request.signal?.aborted !== true ? pause() : undefined;
        if (wait === undefined) throw error;
      }
      policy.onRetry?.();
      await sleep(wait, request.signal ?? undefined);
    }
  };
}

/** Seconds that the Retry-After header asks for (RFC 9110 §10.2.3: a number or a date). */
export function retryAfter(response: HttpResponse, now = Date.now()): number | undefined {
  const value = response.headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = /^[A-Za-z]{3,9}, /.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

function pauseOf(policy: RetryPolicy, attempt: number, asked: number | undefined): number | undefined {
  if (attempt >= policy.attempts) return undefined;
  const own = backoff(attempt, policy.base, policy.cap);
  if (asked === undefined) return own;
  return asked * 1000 > policy.cap ? undefined : Math.max(own, asked * 1000);
}
