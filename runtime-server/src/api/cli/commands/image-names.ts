// tag and history: what docker's commands of these names do.

import { ago } from '../../../containers/status.ts';
import type { HistoryStep } from '../../../images/images.ts';
import { humanSize, printable, shortId } from '../format.ts';
import type { ParsedOptions } from '../options.ts';
import type { Command } from '../session.ts';
import { formatTable } from '../table.ts';

export const tagCommand: Command = {
  name: 'tag',
  summary: 'Give an image another name',
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  options: [],
  min: 2,
  max: 2,
  run: async ({ engine }, { args: [source = '', target = ''] }) => {
    await engine.images.tag(source, target);
    return 0;
  },
};

export const historyCommand: Command = {
  name: 'history',
  summary: 'Show what made the layers of an image',
  usage: '[OPTIONS] IMAGE',
  options: [
    { long: 'no-trunc', kind: 'flag', help: 'Show whole instructions and IDs' },
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only image IDs' },
    {
      long: 'human',
      short: 'H',
      kind: 'flag',
      help: 'Sizes and dates for people (default true; --human=false for exact ones)',
    },
  ],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const steps = await engine.images.history(options.args[0] ?? '');
    const rows = steps.map((step) => cells(step, options, new Date()));
    if (options.flag('quiet')) await session.out(rows.map(([id = '']) => `${id}\n`).join(''));
    else await session.out(formatTable(['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], rows));
    return 0;
  },
};

/** Docker's width of CREATED BY. */
const WIDTH = 45;

function cells(step: HistoryStep, options: ParsedOptions, now: Date): string[] {
  const whole = options.flag('no-trunc');
  const human = options.value('human') !== 'false';
  const id = step.id === undefined ? '<missing>' : whole ? step.id : shortId(step.id);
  const made = printable(step.createdBy.replaceAll('\t', ' '));
  const shown = whole || made.length <= WIDTH ? made : `${made.slice(0, WIDTH - 1)}…`;
  const created = step.created === undefined ? 'N/A' : human ? ago(step.created, now) : step.created;
  return [id, created, shown, human ? humanSize(step.size) : String(step.size), printable(step.comment)];
}
