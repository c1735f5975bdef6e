// How fast bytes go, and how long the rest takes: over the last seconds only, so that a stall is seen. Pure.

export interface Pace {
  readonly samples: readonly Sample[];
}

interface Sample {
  /** Milliseconds. */
  readonly time: number;
  readonly bytes: number;
}

export const NO_PACE: Pace = { samples: [] };

const WINDOW = 5000;
/** Two samples closer than that are one. */
const STEP = 250;
/** So long it takes before a rate is more than a guess. */
const SHORTEST = 1000;

/** `bytes` have gone in all at `time` (milliseconds, never going back). */
export function sampled({ samples }: Pace, time: number, bytes: number): Pace {
  const recent = samples.filter((sample) => time - sample.time <= WINDOW);
  const last = recent.at(-1);
  if (last !== undefined && time - last.time < STEP) return { samples: recent };
  return { samples: [...recent, { time, bytes }] };
}

/** Bytes per second now; undefined while too little is known. */
export function rateOf({ samples }: Pace): number | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.time - first.time < SHORTEST) return undefined;
  return ((last.bytes - first.bytes) / (last.time - first.time)) * 1000;
}
