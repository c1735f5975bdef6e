// completion, and the hidden command that the scripts it prints ask at each Tab.

import { complete, type Candidate, type Completion } from '../completion/complete.ts';
import { SCRIPTS, type Shell } from '../completion/scripts.ts';
import { completionSources } from '../completion/sources.ts';
import { printable } from '../format.ts';
import type { Command } from '../session.ts';
import { invalidArgument } from '../../../base/errors.ts';

export const completionCommand: Command = {
  name: 'completion',
  summary: 'Print the script that completes slipway’s words in a shell',
  usage: 'bash|zsh|fish',
  options: [],
  min: 1,
  max: 1,
  run: async ({ session }, options) => {
    const [shell = ''] = options.args;
    if (!isShell(shell))
      throw invalidArgument(`completion ${shell}: no such shell here`, { hint: 'There are bash, zsh and fish.' });
    await session.out(SCRIPTS[shell]);
    return 0;
  },
};

/** `commands`: the table that this one is part of. */
export function completeCommand(commands: () => readonly Command[]): Command {
  return {
    name: '__complete',
    summary: 'What could stand at the cursor',
    usage: '-- WORD...',
    hidden: true,
    options: [],
    min: 1,
    commandFollows: true,
    run: async ({ engine, session }, options) => {
      await session.out(textOf(await complete(options.args, commands(), completionSources(engine))));
      return 0;
    },
  };
}

const isShell = (text: string): text is Shell => Object.hasOwn(SCRIPTS, text);

function textOf({ candidates, files }: Completion): string {
  return `${candidates.map(lineOf).join('')}:${files ? 'files' : 'none'}\n`;
}

const lineOf = ({ text, description = '' }: Candidate): string =>
  description === '' ? `${printable(text)}\n` : `${printable(text)}\t${printable(description)}\n`;
