// push: what docker's command of this name does.

import type { Command } from '../session.ts';
import { createPushPrinter } from '../transfer-progress.ts';

export const pushCommand: Command = {
  name: 'push',
  summary: 'Send an image to a registry',
  usage: '[OPTIONS] NAME[:TAG]',
  options: [
    { long: 'all-tags', short: 'a', kind: 'flag', help: 'Push all tags of the repository' },
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only the reference at the end' },
  ],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const quiet = options.flag('quiet');
    const printer = createPushPrinter(session.request.tty.stdout ? session.request.columns : 0);
    const pushed = await engine.images.push(options.args[0] ?? '', {
      allTags: options.flag('all-tags'),
      signal: session.signal,
      onProgress: quiet ? undefined : (progress) => void session.out(printer.text(progress)),
    });
    if (quiet) await session.out(pushed.map(({ reference }) => `${reference}\n`).join(''));
    return 0;
  },
};
