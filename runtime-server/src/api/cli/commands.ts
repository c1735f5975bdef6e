// The table of commands and the help that is made from it.

import { ALIASES, withoutAlias } from './aliases.ts';
import { importCommand, loadCommand, saveCommand } from './commands/archives.ts';
import { attachCommand, createCommand, execCommand, runCommand, startCommand } from './commands/run.ts';
import { eventsCommand } from './commands/events.ts';
import { logsCommand } from './commands/containers.ts';
import { restoreCommand, rmCommand } from './commands/removed.ts';
import { killCommand, renameCommand, restartCommand, stopCommand, waitCommand } from './commands/lifecycle.ts';
import { psCommand } from './commands/ps.ts';
import { imagesCommand } from './commands/image-list.ts';
import { inspectCommand } from './commands/inspect.ts';
import { completeCommand, completionCommand } from './commands/completion.ts';
import { commitCommand, diffCommand, exportCommand } from './commands/container-files.ts';
import { historyCommand, tagCommand } from './commands/image-names.ts';
import { loginCommand, logoutCommand } from './commands/login.ts';
import {
  forkCommand,
  rewindCommand,
  snapshotCreateCommand,
  snapshotInspectCommand,
  snapshotLsCommand,
  snapshotRmCommand,
} from './commands/snapshots.ts';
import { searchCommand } from './commands/search.ts';
import { pushCommand } from './commands/push.ts';
import { pullCommand, rmiCommand } from './commands/images.ts';
import { containerPruneCommand, imagePruneCommand, systemPruneCommand } from './commands/prune.ts';
import { systemCheckCommand, systemDfCommand } from './commands/store.ts';
import { doctorCommand, serverCommand, systemResetCommand } from './commands/system.ts';
import { infoCommand, versionCommand } from './commands/info.ts';
import { statsCommand, topCommand } from './commands/inside.ts';
import {
  volumeCreateCommand,
  volumeInspectCommand,
  volumeLsCommand,
  volumePruneCommand,
  volumeRmCommand,
} from './commands/volumes.ts';
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
    eventsCommand,
    exportCommand,
    forkCommand,
    historyCommand,
    importCommand,
    inspectCommand,
    killCommand,
    loadCommand,
    loginCommand,
    logoutCommand,
    logsCommand,
    pauseCommand,
    pushCommand,
    renameCommand,
    restartCommand,
    restoreCommand,
    rewindCommand,
    rmCommand,
    rmiCommand,
    saveCommand,
    searchCommand,
    startCommand,
    statsCommand,
    stopCommand,
    tagCommand,
    topCommand,
    unpauseCommand,
    updateCommand,
    waitCommand,
  ],
  ...[containerPruneCommand, imagePruneCommand],
  ...[volumeCreateCommand, volumeInspectCommand, volumeLsCommand, volumePruneCommand, volumeRmCommand],
  ...[snapshotCreateCommand, snapshotInspectCommand, snapshotLsCommand, snapshotRmCommand],
  ...[systemCheckCommand, systemDfCommand, systemPruneCommand, systemResetCommand],
  ...[completionCommand, doctorCommand, infoCommand, serverCommand, versionCommand],
  completeCommand(() => COMMANDS),
];

/** The command that the words begin with, and the words behind its name. */
export function findCommand(
  argv: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  const words = withoutAlias(argv);
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ');
    const command = COMMANDS.find((one) => one.name === name);
    if (command !== undefined) return { command, rest: words.slice(count) };
  }
  return undefined;
}

/** What people type most, as docker lists it. */
const COMMON = ['run', 'exec', 'ps', 'pull', 'push', 'images', 'login', 'logout', 'search', 'version', 'info'];

/** `slipway --help`, in docker's groups. */
export function overviewText(): string {
  const shown = COMMANDS.filter(({ hidden }) => hidden !== true);
  const common = COMMON.flatMap((name) => shown.filter((command) => command.name === name));
  const own = shown.filter(({ name }) => !COMMON.includes(name));
  const plain = own.filter(({ name }) => !name.includes(' ')).sort((a, b) => (a.name < b.name ? -1 : 1));
  const grouped = own.filter(({ name }) => name.includes(' ')).sort((a, b) => (a.name < b.name ? -1 : 1));
  const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
  return [
    'Usage:  slipway COMMAND\n\nContainers with nothing else installed\n',
    `\nCommon Commands:\n${linesOf(common, width)}`,
    `\nManagement Commands:\n${linesOf(grouped, width)}`,
    `\nCommands:\n${linesOf(plain, width)}`,
    "\nRun 'slipway COMMAND --help' for more on a command.\n",
  ].join('');
}

/** `slipway image`: the commands of a group. */
export function groupText(group: string): string {
  const own = COMMANDS.filter((command) => command.name.startsWith(`${group} `));
  return `Usage:  slipway ${group} COMMAND\n\nCommands:\n${linesOf(own)}\nDocker's other names work as well (slipway image ls, slipway container rm).\n`;
}

function linesOf(
  commands: readonly Command[],
  width = Math.max(...commands.map(({ name }) => name.length)) + 2,
): string {
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`).join('');
}

/** `slipway COMMAND --help`. */
export function helpText(command: Command): string {
  const shown = command.options.filter((option) => option.hidden !== true);
  const names = shown.map(optionNames);
  const width = Math.max(0, ...names.map((name) => name.length)) + 3;
  const options = shown.map((option, index) => `  ${(names[index] ?? '').padEnd(width)}${option.help}\n`).join('');
  const usage = `slipway ${command.name} ${command.usage}`.trimEnd();
  return `Usage:  ${usage}\n\n${command.summary}\n${aliasText(command)}${options === '' ? '' : `\nOptions:\n${options}`}`;
}

/** Docker's second names of the command. */
function aliasText({ name }: Command): string {
  const names = [...ALIASES].filter(([, words]) => words.length === 1 && words[0] === name).map(([alias]) => alias);
  return names.length === 0 ? '' : `\nAliases:\n  ${[...names, name].map((each) => `slipway ${each}`).join(', ')}\n`;
}

function optionNames(option: OptionSpec): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return `${short}--${option.long}${option.kind === 'flag' ? '' : ` ${option.placeholder ?? 'VALUE'}`}`;
}
