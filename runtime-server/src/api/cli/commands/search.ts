// search: what docker's command of this name does, for every registry.

import type { SearchHit } from '../../../../protocol/methods.ts';
import { invalidArgument } from '../../../base/errors.ts';
import { ellipsis, printable } from '../format.ts';
import { FORMAT, formatRows, type Listing } from '../formatter.ts';
import type { Command } from '../session.ts';
import { Fields } from '../template/values.ts';

/** Docker's width of DESCRIPTION. */
const WIDTH = 45;

export const searchCommand: Command = {
  name: 'search',
  summary: 'Look for images in Docker Hub or another registry',
  usage: '[OPTIONS] [REGISTRY/]TERM[:TAG]',
  options: [
    {
      long: 'filter',
      short: 'f',
      kind: 'list',
      placeholder: 'FILTER',
      help: 'stars=N, is-official=true|false, is-automated=true|false',
    },
    { long: 'limit', kind: 'value', placeholder: 'N', help: 'How many at most (1 to 100, default 25)' },
    { long: 'no-trunc', kind: 'flag', help: 'Show whole descriptions' },
    FORMAT,
  ],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const suits = options.list('filter').map(filterOf);
    const limit = limitOf(options.value('limit'));
    const found = await engine.images.search(options.args[0] ?? '', {
      ...(limit === undefined ? {} : { limit }),
      signal: session.signal,
    });
    const hits = found.filter((hit) => suits.every((suit) => suit(hit)));
    const rows = hits.map((hit) => searchRow(hit, options.flag('no-trunc')));
    await session.out(formatRows(HITS, rows, options.value('format'), TABLE, session));
    return 0;
  },
};

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(`search: invalid argument "${text}" for --limit: a number`);
  return Number(text);
}

const HITS: Listing = {
  type: '*formatter.searchContext',
  headers: {
    Name: 'NAME',
    Description: 'DESCRIPTION',
    StarCount: 'STARS',
    IsOfficial: 'OFFICIAL',
    IsAutomated: 'AUTOMATED',
  },
};
const TABLE = 'table {{.Name}}\\t{{.Description}}\\t{{.StarCount}}\\t{{.IsOfficial}}';

function searchRow(hit: SearchHit, whole: boolean): Fields {
  const mark = (yes: boolean): string => (yes ? '[OK]' : '');
  return new Fields(HITS.type, {
    Name: () => printable(hit.name),
    Description: () => descriptionOf(hit, whole),
    StarCount: () => String(hit.stars),
    IsOfficial: () => mark(hit.official),
    IsAutomated: () => mark(hit.automated),
  });
}

function descriptionOf({ description }: SearchHit, whole: boolean): string {
  const line = printable(description.replaceAll(/\s+/g, ' ').trim());
  return whole ? line : ellipsis(line, WIDTH);
}

type Suits = (hit: SearchHit) => boolean;

function filterOf(text: string): Suits {
  const [name, value = ''] = text.split('=', 2);
  if (name === 'stars' && /^\d{1,9}$/.test(value)) return (hit) => hit.stars >= Number(value);
  const flag = value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : undefined;
  if (name === 'is-official' && flag !== undefined) return (hit) => hit.official === flag;
  if (name === 'is-automated' && flag !== undefined) return (hit) => hit.automated === flag;
  throw invalidArgument(`search: invalid filter '${text}'`);
}
