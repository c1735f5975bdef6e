// search: what docker's command of this name does, for every registry.

import type { SearchHit } from '../../../../protocol/methods.ts';
import { invalidArgument } from '../../../base/errors.ts';
import { printable } from '../format.ts';
import type { Command } from '../session.ts';
import { formatTable } from '../table.ts';

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
    {
      long: 'format',
      kind: 'value',
      placeholder: 'FORMAT',
      help: 'json, or text with {{.Name}}, {{.Description}}, {{.StarCount}}, {{.IsOfficial}}, {{.IsAutomated}}',
    },
  ],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const suits = options.list('filter').map(filterOf);
    const format = options.value('format');
    const render = format === undefined ? undefined : renderer(format);
    const limit = limitOf(options.value('limit'));
    const found = await engine.images.search(options.args[0] ?? '', {
      ...(limit === undefined ? {} : { limit }),
      signal: session.signal,
    });
    const hits = found.filter((hit) => suits.every((suit) => suit(hit)));
    const whole = options.flag('no-trunc');
    const text = render === undefined ? table(hits, whole) : hits.map((hit) => `${render(hit)}\n`).join('');
    await session.out(text);
    return 0;
  },
};

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(`search: invalid argument "${text}" for --limit: a number`);
  return Number(text);
}

function table(hits: readonly SearchHit[], whole: boolean): string {
  const rows = hits.map((hit) => [hit.name, descriptionOf(hit, whole), String(hit.stars), hit.official ? '[OK]' : '']);
  return formatTable(['NAME', 'DESCRIPTION', 'STARS', 'OFFICIAL'], rows);
}

function descriptionOf({ description }: SearchHit, whole: boolean): string {
  const line = printable(description.replaceAll(/\s+/g, ' ').trim());
  const letters = Array.from(line);
  return whole || letters.length <= WIDTH ? line : `${letters.slice(0, WIDTH - 1).join('')}…`;
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

/** Docker's templates as far as they make sense here: fields in double braces, `{{json .}}`. */
function renderer(format: string): (hit: SearchHit) => string {
  const fields = (hit: SearchHit): Readonly<Record<string, string>> => ({
    Name: hit.name,
    Description: descriptionOf(hit, true),
    StarCount: String(hit.stars),
    IsOfficial: String(hit.official),
    IsAutomated: String(hit.automated),
  });
  if (format === 'json' || /^\{\{\s*json \.\s*\}\}$/.test(format)) return (hit) => JSON.stringify(fields(hit));
  const known = Object.keys(fields({ name: '', description: '', stars: 0, official: false, automated: false }));
  const unknown = [...format.matchAll(/\{\{\s*(.*?)\s*\}\}/g)].find(([, word = '']) => !known.includes(word.slice(1)));
  if (unknown !== undefined)
    throw invalidArgument(
      `search: there is no field ${unknown[0]}: use ${known.map((name) => `{{.${name}}}`).join(', ')}`,
    );
  const text = format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  return (hit) => text.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (_, name: string) => fields(hit)[name] ?? '');
}
