// ps: the list of containers, as docker's command of this name shows it.

import { isActive } from '../../../containers/states.ts';
import { FORMAT, formatRows, mentions } from '../formatter.ts';
import type { ParsedOptions } from '../options.ts';
import { parseInteger } from '../quantities.ts';
import type { Command, CommandContext } from '../session.ts';
import { containerFilter } from './container-filters.ts';
import { CONTAINERS, containerRow, containerTable, type ContainerEntry } from './container-rows.ts';

export const psCommand: Command = {
  name: 'ps',
  summary: 'List containers',
  usage: '[OPTIONS]',
  options: [
    { long: 'all', short: 'a', kind: 'flag', help: 'Also those that do not run' },
    {
      long: 'filter',
      short: 'f',
      kind: 'list',
      placeholder: 'KEY=VALUE',
      help: 'Only those that fit: status=exited, name=web, label=KEY[=VALUE], ancestor=IMAGE, exited=CODE, …',
    },
    FORMAT,
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only ids' },
    { long: 'no-trunc', kind: 'flag', help: 'Print whole ids and commands' },
    { long: 'last', short: 'n', kind: 'value', placeholder: 'N', help: 'The last N created, whatever their state' },
    { long: 'latest', short: 'l', kind: 'flag', help: 'The last one created' },
    { long: 'removed', kind: 'flag', help: 'Those that were removed and can still be restored' },
    { long: 'size', short: 's', kind: 'flag', help: 'Show what they take on the disk' },
  ],
  min: 0,
  max: 0,
  run: async (context, options) => {
    const quiet = options.flag('quiet');
    const format = options.value('format');
    if (quiet && format !== undefined && format !== '')
      await context.session.err('WARNING: Ignoring custom format, because both --format and --quiet are set.\n');
    const wanted = quiet ? '{{.ID}}' : format;
    const size = options.flag('size');
    const entries = await withSizes(context, await select(context, options), size || mentions(wanted, 'Size'));
    const how = { whole: options.flag('no-trunc'), now: new Date() };
    const rows = entries.map((entry) => containerRow(entry, how));
    await context.session.out(
      formatRows(CONTAINERS, rows, containerTable(wanted, size), containerTable('', size), context.session),
    );
    return 0;
  },
};

/** Newest first, those that the options ask for; of removed ones the last removed first. */
async function select({ engine }: CommandContext, options: ParsedOptions): Promise<readonly ContainerEntry[]> {
  const filter = await containerFilter(engine, options.list('filter'));
  const last = options.flag('latest') ? 1 : parseInteger(options.value('last') ?? '-1', '-n, --last');
  const all = options.flag('all') || options.flag('removed') || filter.anyState || last > 0;
  const entries = options.flag('removed') ? await engine.containers.removed.list() : presentEntries(engine);
  const found = entries.filter((entry) => (all || isActive(entry.summary.state)) && filter.suits(entry));
  return last > 0 ? found.slice(0, last) : found;
}

function presentEntries({ containers }: CommandContext['engine']): readonly ContainerEntry[] {
  const records = new Map(containers.records().map((record) => [record.id, record]));
  return containers.list().flatMap((summary): ContainerEntry[] => {
    const record = records.get(summary.id);
    return record === undefined ? [] : [{ summary, record }];
  });
}

async function withSizes(
  { engine }: CommandContext,
  entries: readonly ContainerEntry[],
  wanted: boolean,
): Promise<readonly ContainerEntry[]> {
  if (!wanted) return entries;
  const sizes = await engine.containerSizes(entries.map(({ summary }) => summary.id));
  return entries.map((entry) => {
    const size = sizes.get(entry.summary.id);
    return size === undefined ? entry : { ...entry, size };
  });
}
