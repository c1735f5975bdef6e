// The table of commands and the help that is made from it.

import { attachCommand, createCommand, execCommand, runCommand, startCommand } from './commands/run.ts';
import { killCommand, logsCommand, psCommand, rmCommand, stopCommand } from './commands/containers.ts';
import { commitCommand, diffCommand, exportCommand } from './commands/container-files.ts';
import { historyCommand, tagCommand } from './commands/image-names.ts';
import { loginCommand, logoutCommand } from './commands/login.ts';
import { pushCommand } from './commands/push.ts';
import { imagesCommand, pullCommand, rmiCommand } from './commands/images.ts';
import { doctorCommand, inspectCommand, serverCommand, systemCommand, versionCommand } from './commands/system.ts';
import { pauseCommand, unpauseCommand, updateCommand } from './commands/live.ts';
import type { OptionSpec } from './options.ts';
import type { Command } from './session.ts';

export const COMMANDS: readonly Command[] = [
  ...[runCommand, execCommand, psCommand, pullCommand, imagesCommand],
  ...[
    attachCommand,
    commitCommand,
    createCommand,
    diffCommand,
    exportCommand,
    historyCommand,
    inspectCommand,
    killCommand,
    loginCommand,
    logoutCommand,
    logsCommand,
    pauseCommand,
    pushCommand,
    rmCommand,
    rmiCommand,
    startCommand,
    stopCommand,
    tagCommand,
    unpauseCommand,
    updateCommand,
  ],
  ...[doctorCommand, serverCommand, systemCommand, versionCommand],
];

export const findCommand = (name: string): Command | undefined => COMMANDS.find((command) => command.name === name);

/** `slipway --help`. */
export function overviewText(): string {
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(10)}${command.summary}\n`).join('');
  return `Usage:  slipway COMMAND\n\nContainers with nothing else installed\n\nCommands:\n${lines}\nRun 'slipway COMMAND --help' for more on a command.\n`;
}

/** `slipway COMMAND --help`. */
export function helpText(command: Command): string {
  const shown = command.options.filter((option) => option.hidden !== true);
  const names = shown.map(optionNames);
  const width = Math.max(0, ...names.map((name) => name.length)) + 3;
  const options = shown.map((option, index) => `  ${(names[index] ?? '').padEnd(width)}${option.help}\n`).join('');
  const usage = `slipway ${command.name} ${command.usage}`.trimEnd();
  return `Usage:  ${usage}\n\n${command.summary}\n${options === '' ? '' : `\nOptions:\n${options}`}`;
}

function optionNames(option: OptionSpec): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return `${short}--${option.long}${option.kind === 'flag' ? '' : ` ${option.placeholder ?? 'VALUE'}`}`;
}
