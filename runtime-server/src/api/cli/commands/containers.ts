// rm, logs: docker's commands on containers that need no terminal and change no state.

import { invalidArgument } from '../../../base/errors.ts';
import { readLog } from '../../../containers/logs.ts';
import type { Command } from '../session.ts';
import { forEachArgument } from './images.ts';

const SEVERAL = '[OPTIONS] CONTAINER [CONTAINER...]';

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

function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(`invalid argument "${text}" for ${option}: not a whole number`);
  return Number(text);
}
