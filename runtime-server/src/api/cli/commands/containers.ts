// ps, rm, logs: docker's commands on containers that need no terminal and change no state.

import type { ContainerSummary } from '../../../../protocol/models.ts';
import { invalidArgument } from '../../../base/errors.ts';
import { readLog } from '../../../containers/logs.ts';
import { isActive } from '../../../containers/states.ts';
import { ago } from '../../../containers/status.ts';
import { commandColumn, shortId } from '../format.ts';
import type { Command } from '../session.ts';
import { formatTable } from '../table.ts';
import { forEachArgument } from './images.ts';

const SEVERAL = '[OPTIONS] CONTAINER [CONTAINER...]';

export const psCommand: Command = {
  name: 'ps',
  summary: 'List containers',
  usage: '[OPTIONS]',
  options: [
    { long: 'all', short: 'a', kind: 'flag', help: 'Also those that do not run' },
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only ids' },
    { long: 'no-trunc', kind: 'flag', help: 'Print whole ids and commands' },
    { long: 'last', short: 'n', kind: 'value', placeholder: 'N', help: 'The last N created, whatever their state' },
    { long: 'latest', short: 'l', kind: 'flag', help: 'The last one created' },
  ],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const last = options.flag('latest')
      ? 1
      : options.value('last') === undefined
        ? undefined
        : wholeNumber(options.value('last') ?? '', '--last');
    const whole = options.flag('no-trunc');
    const all = engine.containers.list();
    const shown =
      last !== undefined
        ? all.slice(0, last)
        : options.flag('all')
          ? all
          : all.filter((container) => isActive(container.state));
    await session.out(
      options.flag('quiet')
        ? shown.map((container) => `${whole ? container.id : shortId(container.id)}\n`).join('')
        : formatTable(['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'], rows(shown, whole)),
    );
    return 0;
  },
};

export const rmCommand: Command = {
  name: 'rm',
  summary: 'Remove containers',
  usage: SEVERAL,
  options: [
    { long: 'force', short: 'f', kind: 'flag', help: 'Kill it first if it runs' },
    {
      long: 'volumes',
      short: 'v',
      kind: 'flag',
      help: 'Taken for docker’s sake: there are no anonymous volumes yet',
      hidden: true,
    },
  ],
  min: 1,
  run: (context, options) =>
    forEachArgument(context, 'remove', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.remove(containers.get(name, 'remove').id, { force: options.flag('force') });
      return `${name}\n`;
    }),
};

export const logsCommand: Command = {
  name: 'logs',
  summary: 'Show what a container has printed',
  usage: '[OPTIONS] CONTAINER',
  options: [
    { long: 'follow', short: 'f', kind: 'flag', help: 'Go on until the container stops' },
    { long: 'tail', short: 'n', kind: 'value', placeholder: 'N|all', help: 'Only the last N lines' },
    { long: 'timestamps', short: 't', kind: 'flag', help: 'Put the time before each line' },
  ],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const record = engine.containers.get(options.args[0] ?? '', 'show logs of');
    const tail = options.value('tail') ?? 'all';
    const entries = readLog({
      path: engine.containers.paths(record.id).log,
      signal: session.signal,
      ...(tail === 'all' ? {} : { tail: wholeNumber(tail, '--tail') }),
      ...(options.flag('follow') ? { until: engine.containers.finished(record.id) } : {}),
    });
    for await (const { log, stream, time } of entries) {
      const text = options.flag('timestamps') ? `${time} ${log}` : log;
      await (stream === 'stdout' ? session.out(text) : session.err(text));
    }
    return 0;
  },
};

function rows(containers: readonly ContainerSummary[], whole: boolean): string[][] {
  const now = new Date();
  return containers.map((container) => [
    whole ? container.id : shortId(container.id),
    container.image,
    commandColumn(container.command, whole),
    ago(container.created, now),
    container.status,
    '',
    container.name,
  ]);
}

function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(`invalid argument "${text}" for ${option}: not a whole number`);
  return Number(text);
}
