// stop, restart, kill, wait, rename: docker's commands that move a container from one state to another.

import { raceAbort } from '../../../base/abort.ts';
import { invalidArgument } from '../../../base/errors.ts';
import { parseSignal } from '../../../base/signals.ts';
import type { StopOptions } from '../../../containers/live.ts';
import type { OptionSpec, ParsedOptions } from '../options.ts';
import type { Command, CommandContext } from '../session.ts';
import { forEachArgument } from './images.ts';

const SEVERAL = '[OPTIONS] CONTAINER [CONTAINER...]';

export const STOP_OPTIONS: readonly OptionSpec[] = [
  {
    long: 'signal',
    short: 's',
    kind: 'value',
    placeholder: 'SIGNAL',
    help: 'Signal to send (default its stop signal)',
  },
  {
    long: 'time',
    short: 't',
    kind: 'value',
    placeholder: 'SECONDS',
    help: 'How long to wait before killing it (default 10; -1: for ever)',
  },
  { long: 'timeout', kind: 'value', help: '', hidden: true },
];

export const stopCommand: Command = {
  name: 'stop',
  summary: 'Stop running containers',
  usage: SEVERAL,
  options: STOP_OPTIONS,
  min: 1,
  run: (context, options) => {
    const how = stopOptions(options);
    return forEachArgument(context, 'stop', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.stop(containers.get(name, 'stop').id, how);
      return `${name}\n`;
    });
  },
};

export const restartCommand: Command = {
  name: 'restart',
  summary: 'Stop containers and start them again',
  usage: SEVERAL,
  options: STOP_OPTIONS,
  min: 1,
  run: (context, options) => {
    const how = stopOptions(options);
    return forEachArgument(context, 'restart', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.restart(containers.get(name, 'restart').id, how);
      return `${name}\n`;
    });
  },
};

export const killCommand: Command = {
  name: 'kill',
  summary: 'Send a signal to running containers',
  usage: SEVERAL,
  options: [
    { long: 'signal', short: 's', kind: 'value', placeholder: 'SIGNAL', help: 'Signal to send (default KILL)' },
  ],
  min: 1,
  run: (context, options) => {
    const signal = parseSignal(options.value('signal') ?? 'KILL');
    return forEachArgument(context, 'kill', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.kill(containers.get(name, 'kill').id, signal);
      return `${name}\n`;
    });
  },
};

export const waitCommand: Command = {
  name: 'wait',
  summary: 'Wait until containers stop, and print their exit codes',
  usage: 'CONTAINER [CONTAINER...]',
  options: [],
  min: 1,
  run: (context, options) => {
    // All are waited for from now on: one that is removed at its end must not be gone when its turn comes.
    const ends = new Map(options.args.map((name) => [name, endOf(context, name)]));
    for (const end of ends.values()) end.catch(() => undefined);
    return forEachArgument(context, 'wait for', options.args, async (name) => `${(await ends.get(name)) ?? 0}\n`);
  },
};

/** The exit code after its present run. */
async function endOf({ engine: { containers }, session }: CommandContext, name: string): Promise<number> {
  const { exitCode } = await raceAbort(containers.finished(containers.get(name, 'wait for').id), session.signal);
  return exitCode ?? 0;
}

export const renameCommand: Command = {
  name: 'rename',
  summary: 'Give a container another name',
  usage: 'CONTAINER NEW_NAME',
  options: [],
  min: 2,
  max: 2,
  run: async ({ engine }, { args: [container = '', name = ''] }) => {
    await engine.containers.rename(engine.containers.get(container, 'rename').id, name);
    return 0;
  },
};

/** What {@link STOP_OPTIONS} say. */
export function stopOptions(options: ParsedOptions): StopOptions {
  const time = options.value('time') ?? options.value('timeout');
  const signal = options.value('signal');
  return {
    timeout: time === undefined ? undefined : seconds(time, '--time'),
    signal: signal === undefined ? undefined : parseSignal(signal),
  };
}

/** A whole number of seconds; negative: for ever. Throws InvalidArgument that names the option. */
export function seconds(text: string, option: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw invalidArgument(`invalid argument "${text}" for ${option}: not a whole number`);
  return Number(text);
}
