// `--filter KEY=VALUE` of the prune commands. Pure.

import type { PruneFilter } from '../../../protocol/housekeeping.ts';
import { invalidArgument } from '../../base/errors.ts';
import { parseMoment } from './moments.ts';

export const FILTER = {
  long: 'filter',
  kind: 'list',
  placeholder: 'KEY=VALUE',
  help: 'Only those that fit: until=24h, label=KEY[=VALUE], label!=KEY[=VALUE]',
} as const;

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

function parseBoolean(text: string, value: string): boolean {
  if (['true', '1', 't'].includes(value)) return true;
  if (['false', '0', 'f'].includes(value)) return false;
  throw invalidArgument(`invalid filter "${text}": true or false`);
}
