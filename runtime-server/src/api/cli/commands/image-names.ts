// tag and history: what docker's commands of these names do.

import { ago } from '../../../containers/status.ts';
import type { HistoryStep } from '../../../images/images.ts';
import { ellipsis, humanSize, printable, shortId } from '../format.ts';
import { FORMAT, formatRows, type Listing } from '../formatter.ts';
import type { Command } from '../session.ts';
import { Fields } from '../template/values.ts';
import { rfc3339 } from '../times.ts';

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
    FORMAT,
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
    const human = options.value('human') !== 'false';
    const how = { whole: options.flag('no-trunc'), human, now: new Date() };
    const rows = steps.map((step) => historyRow(step, how));
    const table = `table {{.ID}}\\t{{.${human ? 'CreatedSince' : 'CreatedAt'}}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}`;
    const format = options.flag('quiet') ? '{{.ID}}' : options.value('format');
    await session.out(formatRows(HISTORY, rows, format, table, session));
    return 0;
  },
};

const HISTORY: Listing = {
  type: '*formatter.historyContext',
  headers: {
    ID: 'IMAGE',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    CreatedBy: 'CREATED BY',
    Size: 'SIZE',
    Comment: 'COMMENT',
  },
};

/** Docker's width of CREATED BY. */
const WIDTH = 45;

function historyRow(
  { id, created, createdBy, size, comment }: HistoryStep,
  { whole, human, now }: { readonly whole: boolean; readonly human: boolean; readonly now: Date },
): Fields {
  const made = printable(createdBy.replaceAll('\t', ' '));
  return new Fields(HISTORY.type, {
    ID: () => (id === undefined ? '<missing>' : whole ? id : shortId(id)),
    CreatedSince: () => (created === undefined ? 'N/A' : ago(created, now)),
    CreatedAt: () => (created === undefined ? 'N/A' : rfc3339(created)),
    CreatedBy: () => (whole ? made : ellipsis(made, WIDTH)),
    Size: () => (human ? humanSize(size) : String(size)),
    Comment: () => printable(comment),
  });
}
