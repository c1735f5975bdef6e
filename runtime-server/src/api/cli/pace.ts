// How fast something moves and how long it will still take, from how far it was and when. Pure.

import { humanSize } from './format.ts';

export interface Pace {
  /** ` 1.2MB/s 34s`: bytes a second and time left, for who is at `current` of `total` bytes; empty until that can be told. */
  text(current: number, total: number | undefined, now: number): string;
}

/** Milliseconds of movement from which something can be told. */
const ENOUGH = 1000;
/** An older movement counts for less: milliseconds after which a stall is noticed. */
const MEMORY = 5000;

interface Point {
  readonly at: number;
  readonly bytes: number;
}

/** Begins at the first text. Speed is that of the last five to ten seconds. */
export function createPace(): Pace {
  let from: Point | undefined;
  let next: Point | undefined;
  return {
    text(current, total, now) {
      const point = { at: now, bytes: current };
      if (from === undefined || current < from.bytes) {
        from = next = point;
        return '';
      }
      if (next !== undefined && now - next.at >= MEMORY) {
        from = next;
        next = point;
      }
      const speed = ((current - from.bytes) * 1000) / (now - from.at);
      if (now - from.at < ENOUGH || speed === 0 || current === total) return '';
      const left = total === undefined ? '' : ` ${inWords((total - current) / speed)}`;
      return ` ${humanSize(speed)}/s${left}`;
    },
  };
}

/** As docker writes a time left: `34s`, `2m5s`, `1h0m`. */
function inWords(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m${whole % 60}s` : `${whole}s`;
}
