// pause, unpause, update: docker's commands that change a container while it runs.

import { invalidArgument } from '../../../base/errors.ts';
import type { Command } from '../session.ts';
import { forEachArgument } from './images.ts';
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
  summary: 'Change the limits of containers, running or not',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [...LIMIT_OPTIONS, ...REFUSED_LIMIT_OPTIONS],
  min: 1,
  run: (context, options) => {
    const limits = limitOptions(options);
    if (Object.keys(limits).length === 0)
      throw invalidArgument('update: you must provide one or more flags when using this command', {
        hint: 'See `slipway update --help` for them.',
      });
    return forEachArgument(context, 'update', options.args, async (name) => {
      const { containers } = context.engine;
      await containers.update(containers.get(name, 'update').id, limits);
      return `${name}\n`;
    });
  },
};
