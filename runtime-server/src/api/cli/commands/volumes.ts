// volume create, ls, inspect, rm, prune: what docker's commands of these names do.

import { invalidArgument } from '../../../base/errors.ts';
import { inspectVolume } from '../../../engine/volumes.ts';
import { optional } from '../options.ts';
import { confirm } from '../confirm.ts';
import { FILTER, gatherFilters } from '../filters.ts';
import { humanSize } from '../format.ts';
import { DOCUMENT_FORMAT, FORMAT, formatRows } from '../formatter.ts';
import { badArgument, parsePairs } from '../quantities.ts';
import type { Command } from '../session.ts';
import { splitLabel } from './create-options.ts';
import { forEachArgument } from './images.ts';
import { showDocuments } from './inspect.ts';
import { volumeFilter, volumeRow, volumeTable, VOLUMES } from './volume-rows.ts';

export const volumeCreateCommand: Command = {
  name: 'volume create',
  summary: 'Create a volume',
  usage: '[OPTIONS] [VOLUME]',
  options: [
    { long: 'driver', short: 'd', kind: 'value', placeholder: 'local', help: 'Driver (there is only local)' },
    { long: 'label', kind: 'list', placeholder: 'KEY[=VALUE]', help: 'Attach a label' },
    { long: 'name', kind: 'value', help: '', hidden: true },
    {
      long: 'opt',
      short: 'o',
      kind: 'list',
      placeholder: 'KEY=VALUE',
      help: 'Option of the driver: type=tmpfs, o=size=64m; or type=none, o=bind, device=/path',
    },
  ],
  min: 0,
  max: 1,
  run: async ({ engine, session }, options) => {
    const [name = options.value('name')] = options.args;
    if (options.args.length > 0 && options.value('name') !== undefined)
      throw invalidArgument(
        'conflicting options: cannot specify a volume-name through both --name and as a positional arg',
      );
    const opts = parsePairs(options.list('opt'), (entry) => badArgument(entry, '-o, --opt', 'KEY=VALUE is expected'));
    const volume = await engine.volumes.create({
      ...optional('name', name),
      ...optional('driver', options.value('driver')),
      labels: Object.fromEntries(options.list('label').map(splitLabel)),
      options: opts,
    });
    await session.out(`${volume.name}\n`);
    return 0;
  },
};

export const volumeLsCommand: Command = {
  name: 'volume ls',
  summary: 'List volumes',
  usage: '[OPTIONS]',
  options: [
    {
      ...FILTER,
      short: 'f',
      help: 'Only those that fit: dangling=true, driver=, label=KEY[=VALUE], name=',
    },
    FORMAT,
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only names' },
  ],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const suits = volumeFilter(options.list('filter'));
    const format = options.flag('quiet') ? '{{.Name}}' : options.value('format');
    const rows = (await engine.volumes.list()).filter(suits).map((volume) => volumeRow(volume));
    await session.out(formatRows(VOLUMES, rows, volumeTable(format), volumeTable(undefined), session));
    return 0;
  },
};

export const volumeInspectCommand: Command = {
  name: 'volume inspect',
  summary: 'Show volumes as JSON',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  options: [DOCUMENT_FORMAT],
  min: 1,
  run: (context, options) =>
    showDocuments(context, options, async (name) => inspectVolume(await context.engine.volumes.get(name))),
};

export const volumeRmCommand: Command = {
  name: 'volume rm',
  summary: 'Remove volumes that no container has',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  options: [{ long: 'force', short: 'f', kind: 'flag', help: 'One that is not there is no error' }],
  min: 1,
  run: (context, options) =>
    forEachArgument(context, 'remove volume', options.args, async (name) => {
      await context.engine.volumes.remove(name, { force: options.flag('force') });
      return `${name}\n`;
    }),
};

export const volumePruneCommand: Command = {
  name: 'volume prune',
  summary: 'Remove volumes that no container has',
  usage: '[OPTIONS]',
  options: [
    { long: 'all', short: 'a', kind: 'flag', help: 'Named ones, too' },
    { ...FILTER, help: 'Only those that fit: label=KEY[=VALUE], label!=KEY[=VALUE]' },
    { long: 'force', short: 'f', kind: 'flag', help: 'Do not ask' },
  ],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const filters = gatherFilters(options.list('filter'), ['all', 'label', 'label!'], 'volume prune');
    const all = options.flag('all') || filters.get('all')?.some((value) => ['1', 'true'].includes(value)) === true;
    const which = all ? 'all local volumes' : 'anonymous local volumes';
    const warning = `WARNING! This will remove ${which} not used by at least one container.`;
    if (!options.flag('force') && !(await confirm(session, warning))) {
      await session.out('Total reclaimed space: 0B\n');
      return 0;
    }
    const labels = filters.get('label') ?? [];
    const { deleted, freed } = await engine.volumes.prune({ all, labels, withoutLabels: filters.get('label!') ?? [] });
    await session.out(`${deletedText(deleted)}Total reclaimed space: ${humanSize(freed, 4)}\n`);
    return 0;
  },
};

/** The list of what a prune has removed. */
export const deletedText = (deleted: readonly string[]): string =>
  deleted.length === 0 ? '' : `Deleted Volumes:\n${deleted.map((name) => `${name}\n`).join('')}\n`;
