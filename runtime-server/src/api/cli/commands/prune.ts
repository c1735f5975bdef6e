// image prune, container prune, system prune: what docker's commands of these names do.

import { familiar } from '../../../oci/reference.ts';
import { FILTER, parseFilters } from '../filters.ts';
import { confirm } from '../confirm.ts';
import { humanSize } from '../format.ts';
import type { ParsedOptions } from '../options.ts';
import type { Command, CommandContext } from '../session.ts';
import { deletedText } from './volumes.ts';

const FORCE = { long: 'force', short: 'f', kind: 'flag', help: 'Do not ask' } as const;
const ALL = {
  long: 'all',
  short: 'a',
  kind: 'flag',
  help: 'All images without a container, not only those without a tag',
} as const;

export const imagePruneCommand: Command = {
  name: 'image prune',
  summary: 'Remove images that nobody uses',
  usage: '[OPTIONS]',
  options: [ALL, FILTER, FORCE],
  min: 0,
  max: 0,
  run: (context, options) => {
    const { all } = asked(options);
    const which = all ? 'all images without at least one container associated to them' : 'all dangling images';
    return prune(context, options, `This will remove ${which}.`, [pruneImages]);
  },
};

export const containerPruneCommand: Command = {
  name: 'container prune',
  summary: 'Remove all stopped containers',
  usage: '[OPTIONS]',
  options: [FILTER, FORCE],
  min: 0,
  max: 0,
  run: (context, options) =>
    prune(context, options, `This will remove all stopped containers.\n${FOR_GOOD}`, [pruneContainers]),
};

export const systemPruneCommand: Command = {
  name: 'system prune',
  summary: 'Remove stopped containers and images that nobody uses',
  usage: '[OPTIONS]',
  options: [ALL, FILTER, FORCE, { long: 'volumes', kind: 'flag', help: 'Anonymous volumes, too' }],
  min: 0,
  max: 0,
  run: (context, options) => {
    const volumes = options.flag('volumes');
    const images = asked(options).all
      ? 'all images without at least one container associated to them'
      : 'all dangling images';
    const others = volumes ? '  - all anonymous volumes not used by at least one container\n' : '';
    const warning = `This will remove:\n  - all stopped containers\n${others}  - ${images}\n${FOR_GOOD}`;
    const steps = [pruneContainers, ...(volumes ? [pruneVolumes] : []), pruneImages];
    return prune(context, options, warning, steps);
  },
};

/** What docker does not have. */
const FOR_GOOD = 'Removed containers can no longer be restored afterwards.\n';

interface Pruned {
  readonly text: string;
  /** Bytes. */
  readonly freed: number;
}

function asked(options: ParsedOptions): ReturnType<typeof parseFilters> & { readonly all: boolean } {
  const parsed = parseFilters(options.list('filter'), new Date());
  return { ...parsed, all: options.flag('all') || parsed.dangling === false };
}

/** Asks, does one step after the other, and says what they have freed together; a no frees nothing. */
async function prune(
  context: CommandContext,
  options: ParsedOptions,
  warning: string,
  steps: readonly ((context: CommandContext, options: ParsedOptions) => Promise<Pruned>)[],
): Promise<number> {
  const { session } = context;
  asked(options); // a wrong filter is told before the question
  const sure = options.flag('force') || (await confirm(session, `WARNING! ${warning}`));
  let freed = 0;
  for (const step of sure ? steps : []) {
    const pruned = await step(context, options);
    freed += pruned.freed;
    await session.out(pruned.text);
  }
  await session.out(`Total reclaimed space: ${humanSize(freed, 4)}\n`);
  return 0;
}

async function pruneImages({ engine }: CommandContext, options: ParsedOptions): Promise<Pruned> {
  const { filter, all } = asked(options);
  const { untagged, deleted, freed } = await engine.pruneImages({ ...filter, all });
  const lines = [
    ...untagged.map((reference) => `untagged: ${familiar(reference)}\n`),
    ...deleted.map((id) => `deleted: ${id}\n`),
  ];
  return { text: lines.length === 0 ? '' : `Deleted Images:\n${lines.join('')}\n`, freed };
}

async function pruneVolumes({ engine }: CommandContext, options: ParsedOptions): Promise<Pruned> {
  const { labels, withoutLabels } = asked(options).filter;
  const { deleted, freed } = await engine.volumes.prune({ all: false, labels, withoutLabels });
  return { text: deletedText(deleted), freed };
}

async function pruneContainers({ engine }: CommandContext, options: ParsedOptions): Promise<Pruned> {
  const { deleted, freed } = await engine.pruneContainers(asked(options).filter);
  const lines = deleted.map((id) => `${id}\n`).join('');
  return { text: lines === '' ? '' : `Deleted Containers:\n${lines}\n`, freed };
}
