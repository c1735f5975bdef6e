// Points in time as docker's options take them: a duration back from now, a date, or seconds since 1970. Pure.

import { invalidArgument } from '../../base/errors.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * `10m`, `1h30m`, `2006-01-02T15:04:05Z`, `2006-01-02`, `1136073845` or `1136073845.5` as a date; a date without zone is the
 * machine's own time. Throws InvalidArgument that names `what`.
 */
export function parseMoment(text: string, now: Date, what: string): Date {
  const moment = fromDuration(text, now) ?? fromSeconds(text) ?? fromDate(text);
  if (moment !== undefined && !Number.isNaN(moment.getTime())) return moment;
  throw invalidArgument(`invalid value "${text}" for ${what}: neither a duration (10m, 24h) nor a date`);
}

function fromDuration(text: string, now: Date): Date | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  const back = [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0);
  return new Date(now.getTime() - back);
}

function fromSeconds(text: string): Date | undefined {
  return /^\d+(?:\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : undefined;
}

function fromDate(text: string): Date | undefined {
  const dateOnly = /^\d{4}-\d{2}-\d{2}$/.test(text);
  return /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(dateOnly ? `${text}T00:00:00` : text) : undefined;
}
