// `--filter KEY=VALUE` of the commands that list and prune. Pure.

import type { PruneFilter } from '../../../protocol/housekeeping.ts';
import { invalidArgument } from '../../base/errors.ts';
import { parseMoment } from './moments.ts';

export const FILTER = {
  long: 'filter',
  kind: 'list',
  placeholder: 'KEY=VALUE',
  help: 'Only those that fit: until=24h, label=KEY[=VALUE], label!=KEY[=VALUE]',
} as const;

/** Key → the values that were given for it. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** The filters of a list, with only keys that it knows. Throws InvalidArgument; `command` begins its text. */
export function gatherFilters(texts: readonly string[], known: readonly string[], command: string): Filters {
  const filters = new Map<string, string[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 0)
      throw invalidArgument(
        `invalid argument "${text}" for "-f, --filter" flag: bad format of filter (expected name=value)`,
        {
          detail: { exitCode: 125 },
        },
      );
    const key = text.slice(0, at).trim().toLowerCase();
    if (!known.includes(key))
      throw invalidArgument(`${command}: invalid filter '${key}'`, { hint: `Filters: ${known.join(', ')}` });
    filters.set(key, [...(filters.get(key) ?? []), text.slice(at + 1).trim()]);
  }
  return filters;
}

/** `dangling`: the value of that filter, where it was given. Throws InvalidArgument for a filter that there is not. */
export function parseFilters(
  texts: readonly string[],
  now: Date,
): { readonly filter: PruneFilter; readonly dangling?: boolean } {
  const labels: string[] = [];
  const withoutLabels: string[] = [];
  let until: string | undefined;
  let dangling: boolean | undefined;
  for (const text of texts) {
    const [, key = '', value = ''] = /^([^=!]+!?)=(.*)$/s.exec(text) ?? [];
    if (key === 'until') until = parseMoment(value, now, '--filter until').toISOString();
    else if (key === 'label') labels.push(value);
    else if (key === 'label!') withoutLabels.push(value);
    else if (key === 'dangling') dangling = parseBoolean(text, value);
    else throw invalidArgument(`invalid filter "${text}": until=, label=, label!= or dangling= is known`);
  }
  const filter = { labels, withoutLabels, ...(until === undefined ? {} : { until }) };
  return dangling === undefined ? { filter } : { filter, dangling };
}

/** `text`: the whole filter, for the error. */
export function parseBoolean(text: string, value: string): boolean {
  if (['true', '1', 't'].includes(value)) return true;
  if (['false', '0', 'f'].includes(value)) return false;
  throw invalidArgument(`invalid filter "${text}": true or false`);
}
