// Sizes, ages, ids and references as people read them. Pure.

import { type Localizer } from '../base/localize.ts';

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Bytes in decimal units with about three digits (`7.83 MB`), as Docker counts them. */
export function formatSize(bytes: number, { language }: Localizer): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < SIZE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: SIZE_UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumSignificantDigits: 3,
  }).format(value);
}

const AGE_UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Times before this are a build tool's way of saying "no time" (1970-01-01, 0001-01-01). */
const FIRST_REAL_TIME = Date.UTC(2000, 0, 1);

/** `3 weeks ago`; undefined for a time that is absent, unreadable or not meant as one. */
export function formatAge(time: string | undefined, now: number, { language }: Localizer): string | undefined {
  const then = time === undefined ? NaN : Date.parse(time);
  if (Number.isNaN(then) || then < FIRST_REAL_TIME) return undefined;
  const seconds = Math.max(0, Math.round((now - then) / 1000));
  const [unit, length] = AGE_UNITS.find(([, unitLength]) => seconds >= unitLength) ?? (['second', 1] as const);
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-Math.floor(seconds / length), unit);
}

/** `8 seconds`, `3 minutes`, `2 hours`: rounded up, so that it is never too little. */
export function formatDuration(seconds: number, { language }: Localizer): string {
  const [unit, length] =
    seconds > 5400 ? (['hour', 3600] as const) : seconds > 90 ? (['minute', 60] as const) : (['second', 1] as const);
  const count = Math.max(1, Math.ceil(seconds / length));
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** Date and time in the person's language; the text itself where it is no time. */
export function formatTime(time: string, { language }: Localizer): string {
  const then = Date.parse(time);
  if (Number.isNaN(then)) return time;
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(then);
}

/** The first 12 hexadecimal digits of an id or digest. */
export function shortId(id: string): string {
  return id.slice(id.indexOf(':') + 1).slice(0, 12);
}

/** A reference as short as people type it: without docker.io and its `library/`. The tag stays. */
export function familiarReference(reference: string): string {
  return reference.replace(/^docker\.io\/(library\/(?=[^/]+$))?/, '');
}
