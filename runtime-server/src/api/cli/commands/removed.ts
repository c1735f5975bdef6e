// rm, restore: taking containers away, and back.

import { invalidArgument, isCode } from '../../../base/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Command } from '../session.ts';
import { forEachArgument } from './images.ts';

export const rmCommand: Command = {
  name: 'rm',
  summary: 'Remove containers; for a while they can be restored',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    { long: 'force', short: 'f', kind: 'flag', help: 'Kill it first if it runs' },
    { long: 'purge', kind: 'flag', help: 'For good, also one that is removed already' },
    { long: 'volumes', short: 'v', kind: 'flag', help: 'With its anonymous volumes' },
  ],
  min: 1,
  run: (context, options) =>
    forEachArgument(context, 'remove', options.args, async (name) => {
      const [force, volumes, purge] = [options.flag('force'), options.flag('volumes'), options.flag('purge')];
      await remove(context.engine, name, { force, volumes, purge });
      return `${name}\n`;
    }),
};

async function remove(
  { containers }: Engine,
  name: string,
  how: { readonly force: boolean; readonly volumes: boolean; readonly purge: boolean },
): Promise<void> {
  try {
    await containers.remove(containers.get(name, 'remove').id, how);
  } catch (error) {
    if (!how.purge || !isCode(error, 'NotFound')) throw error;
    const { id } = await containers.removed.get(name, 'remove');
    await containers.removed.purge((record) => record.id === id);
  }
}

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Bring removed containers back, with all that they had written',
  usage: '[OPTIONS] REMOVED [REMOVED...]',
  options: [{ long: 'name', kind: 'value', placeholder: 'NAME', help: 'Its name from now on' }],
  min: 1,
  run: (context, options) => {
    const name = options.value('name');
    if (name !== undefined && options.args.length > 1)
      throw invalidArgument('restore: --name is for one container', { hint: 'Restore one after the other.' });
    return forEachArgument(context, 'restore', options.args, async (text) => {
      const { id } = await context.engine.containers.removed.get(text, 'restore');
      return `${(await context.engine.restore(id, { name })).name}\n`;
    });
  },
};
