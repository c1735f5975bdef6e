// logs: what a container has printed.

import { unsupported } from '../../../base/errors.ts';
import { DEFAULT_LOG, logFiles } from '../../../containers/log-config.ts';
import { readLog } from '../../../containers/logs.ts';
import { schedule } from '../../../base/schedule.ts';
import { parseMoment } from '../moments.ts';
import type { Command } from '../session.ts';

export const logsCommand: Command = {
  name: 'logs',
  summary: 'Show what a container has printed',
  usage: '[OPTIONS] CONTAINER',
  options: [
    { long: 'follow', short: 'f', kind: 'flag', help: 'Go on until the container stops' },
    { long: 'since', kind: 'value', placeholder: 'TIME', help: 'Only from then on (10m, a date)' },
    { long: 'until', kind: 'value', placeholder: 'TIME', help: 'Only up to then' },
    { long: 'tail', short: 'n', kind: 'value', placeholder: 'N|all', help: 'Only the last N lines' },
    { long: 'timestamps', short: 't', kind: 'flag', help: 'Put the time before each line' },
  ],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const record = engine.containers.get(options.args[0] ?? '', 'show logs of');
    const files = logFiles(record.config.log ?? DEFAULT_LOG);
    if (files === undefined)
      throw unsupported(`show logs of ${record.name}: configured logging driver does not support reading`, {
        hint: 'It was created with --log-driver none.',
      });
    const now = (): Date => new Date();
    const moment = (long: string): Date | undefined => {
      const text = options.value(long) ?? '';
      return text === '' ? undefined : parseMoment(text, now(), `--${long}`);
    };
    const entries = readLog({
      path: engine.containers.paths(record.id).log,
      files: files.count,
      signal: session.signal,
      tail: tailOf(options.value('tail')),
      since: moment('since'),
      until: moment('until'),
      end: options.flag('follow') ? engine.containers.finished(record.id) : undefined,
      now,
      schedule,
    });
    for await (const { log, stream, time } of entries) {
      const text = options.flag('timestamps') ? `${time} ${log}` : log;
      await (stream === 'stdout' ? session.out(text) : session.err(text));
    }
    return 0;
  },
};

/** Docker's: what is no number, or less than none, is all. */
function tailOf(text = 'all'): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
