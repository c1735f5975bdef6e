// pull, rmi: what docker's commands of these names do.

import { familiar } from '../../../oci/reference.ts';
import { toEngineError } from '../../../base/errors.ts';
import { splitReference } from '../format.ts';
import { errorText } from '../error-text.ts';
import { createPullPrinter } from '../transfer-progress.ts';
import type { Command, CommandContext } from '../session.ts';

export const PLATFORM = {
  long: 'platform',
  kind: 'value',
  placeholder: 'OS/ARCH[/VARIANT]',
  help: 'Platform of the image, if it has several',
} as const;

export const pullCommand: Command = {
  name: 'pull',
  summary: 'Fetch an image from a registry',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  options: [
    { long: 'all-tags', short: 'a', kind: 'flag', help: 'Fetch all tags of the repository' },
    PLATFORM,
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only the reference at the end' },
  ],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const quiet = options.flag('quiet');
    const { signal } = session;
    const [name = ''] = options.args;
    const all = options.flag('all-tags');
    let last = '';
    for (const reference of all ? await engine.images.tags(name, { signal }) : [name]) {
      // Each with lines of its own.
      const printer = createPullPrinter(session.request.tty.stdout ? session.request.columns : 0);
      const result = await engine.pull(reference, {
        platform: options.value('platform'),
        signal,
        onProgress: quiet ? undefined : (progress) => void session.out(printer.text(progress)),
      });
      last = result.reference;
    }
    await session.out(`${all ? splitReference(last).repository : last}\n`);
    return 0;
  },
};

export const rmiCommand: Command = {
  name: 'rmi',
  summary: 'Remove images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  options: [
    {
      long: 'force',
      short: 'f',
      kind: 'flag',
      help: 'Remove an image that has several tags, or that stopped containers use',
    },
  ],
  min: 1,
  run: (context, options) =>
    forEachArgument(context, 'remove image', options.args, async (image) => {
      const { untagged, deleted } = await context.engine.removeImage(image, options.flag('force'));
      return [
        ...untagged.map((reference) => `Untagged: ${familiar(reference)}\n`),
        ...deleted.map((id) => `Deleted: ${id}\n`),
      ].join('');
    }),
};

/** Does the same for each argument, as docker does: a failure is told and the others go on; status 1 if any failed. */
export async function forEachArgument(
  { session }: CommandContext,
  doing: string,
  args: readonly string[],
  action: (arg: string) => Promise<string>,
): Promise<number> {
  let status = 0;
  for (const arg of args) {
    try {
      await session.out(await action(arg));
    } catch (error) {
      status = 1;
      await session.err(errorText(toEngineError(error, `${doing} ${arg}`)));
    }
  }
  return status;
}
