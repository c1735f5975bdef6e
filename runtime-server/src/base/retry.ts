// Trying again, with growing pauses. Knows no kind of failure: the caller says what is worth it.

import { sleep } from './abort.ts';

export interface RetryOptions {
  /** How many tries in all. */
  readonly attempts: number;
  /** Milliseconds before the next try after the failed try number `attempt` (from 1); undefined gives up. */
  readonly pause: (error: unknown, attempt: number) => number | undefined;
  readonly onRetry?: ((error: unknown, attempt: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The first success of `task`; the last error when all tries fail or `pause` gives up. */
export async function retry<T>(task: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await task(attempt);
    } catch (error) {
      const pause = attempt < options.attempts ? options.pause(error, attempt) : undefined;
      if (pause === undefined || options.signal?.aborted === true) throw error;
      options.onRetry?.(error, attempt);
      await sleep(pause, options.signal);
    }
  }
}

/** Exponential back-off in milliseconds with jitter: `base`, 2·base, 4·base … at most `cap`, each between half and whole. */
export function backoff(attempt: number, base: number, cap: number): number {
  const whole = Math.min(cap, base * 2 ** (attempt - 1));
  return whole / 2 + Math.random() * (whole / 2);
}
