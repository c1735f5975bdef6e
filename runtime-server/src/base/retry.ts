// How long to wait before trying again. Knows no kind of failure: the caller says what is worth it.

/** Exponential back-off in milliseconds with jitter: `base`, 2·base, 4·base … at most `cap`, each between half and whole. */
export function backoff(attempt: number, base: number, cap: number): number {
  const whole = Math.min(cap, base * 2 ** (attempt - 1));
  return whole / 2 + Math.random() * (whole / 2);
}
