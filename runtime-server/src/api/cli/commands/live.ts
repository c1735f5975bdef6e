// pause, unpause, update: docker's commands that change a container while it runs.

import { invalidArgument } from '../../../base/errors.ts';
import { optional } from '../options.ts';
import type { Command } from '../session.ts';
import { forEachArgument } from './images.ts';
import { RESTART_OPTION } from './life-options.ts';
import { LIMIT_OPTIONS, limitOptions, REFUSED_LIMIT_OPTIONS } from './limit-options.ts';

export const pauseCommand: Command = {
  name: 'pause',
  summary: 'Hold all processes of running containers',
  usage: 'CONTAINER [CONTAINER...]',
  options: [],
  min: 1,
  run: (context, options) =>
    forEachArgument(context, 'pause', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.pause(containers.get(name, 'pause').id);
      return `${name}\n`;
    }),
};

export const unpauseCommand: Command = {
  name: 'unpause',
  summary: 'Let paused containers go on',
  usage: 'CONTAINER [CONTAINER...]',
  options: [],
  min: 1,
  run: (context, options) =>
    forEachArgument(context, 'unpause', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.unpause(containers.get(name, 'unpause').id);
      return `${name}\n`;
    }),
};

export const updateCommand: Command = {
  name: 'update',
  summary: 'Change the limits and the restart policy of containers, running or not',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [...LIMIT_OPTIONS, RESTART_OPTION, ...REFUSED_LIMIT_OPTIONS],
  min: 1,
  run: (context, options) => {
    const changes = { ...limitOptions(options), ...optional('restart', options.value('restart')) };
    if (Object.keys(changes).length === 0)
      throw invalidArgument('update: you must provide one or more flags when using this command', {
        hint: 'See `slipway update --help` for them.',
      });
    return forEachArgument(context, 'update', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.update(containers.get(name, 'update').id, changes);
      return `${name}\n`;
    });
  },
};
