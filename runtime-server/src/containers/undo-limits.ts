// How long removed containers stay restorable: the limits, from daemon.json's keys, and which of them have to go. Pure.

import { parseSize } from '../base/bytes.ts';
import { parseDuration } from '../base/duration.ts';
import { expected, member, optional, string, type Field } from '../base/validate.ts';

/** Age in milliseconds; zero of either keeps nothing. */
export interface UndoLimits {
  readonly age: number;
  /** Bytes on the disk of all together. */
  readonly size: number;
}

/** What counts of one that is kept. */
export interface Kept {
  readonly removedAt: number;
  /** Bytes on the disk. */
  readonly size: number;
  /** It has written something: worth more than one that has not. */
  readonly written: boolean;
}

const DEFAULT_AGE = 24 * 60 * 60 * 1000;
const DEFAULT_SIZE = 1024 ** 3;
/** However small they are: each is looked at when the limits are kept. */
const MAX_COUNT = 200;
/** They never take more than this part of what is free without them. */
const FREE_PART = 10;

/** `removed-max-age` (`24h`) and `removed-max-size` (`1g`). Throws InvalidArgument that names the key. */
export function readUndoLimits(document: Field): UndoLimits {
  return {
    age: optional(member(document, 'removed-max-age'), ageField) ?? DEFAULT_AGE,
    size: optional(member(document, 'removed-max-size'), sizeField) ?? DEFAULT_SIZE,
  };
}

/** Those that have to go. `free`: bytes that the disk has besides. Too old first, then too many, then too big together. */
export function excess<T extends Kept>(
  kept: readonly T[],
  limits: UndoLimits,
  now: number,
  free: number,
): readonly T[] {
  const all = kept.reduce((sum, { size }) => sum + size, 0);
  const size = Math.min(limits.size, Math.floor((free + all) / FREE_PART));
  const fresh = kept.filter(({ removedAt }) => now - removedAt < limits.age).sort((a, b) => b.removedAt - a.removedAt);
  const worthier = [...fresh.filter(({ written }) => written), ...fresh.filter(({ written }) => !written)];
  const counted = new Set(worthier.slice(0, MAX_COUNT));
  const staying = new Set<T>();
  let total = 0;
  for (const one of fresh) {
    if (!counted.has(one)) continue;
    total += one.size;
    if (total > size) break;
    staying.add(one);
  }
  return kept.filter((one) => !staying.has(one));
}

function ageField(field: Field): number {
  const nanoseconds = parseDuration(string(field));
  if (nanoseconds === undefined) throw expected(field, 'a time (`24h`, `90m`, `0`)');
  return nanoseconds / 1e6;
}

function sizeField(field: Field): number {
  const bytes = parseSize(string(field));
  if (bytes === undefined) throw expected(field, 'a size (`1g`, `512m`, `0`)');
  return bytes;
}
