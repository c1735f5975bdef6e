// What could stand at the cursor of a command line: commands, options, and what the engine has. Pure; the engine's answers
// come through a port. The rest is read off the table of commands, its usage lines and placeholders.

import { ALIASES, GROUPS, withoutAlias } from '../aliases.ts';
import type { OptionSpec } from '../options.ts';
import type { Command } from '../session.ts';

export interface Candidate {
  readonly text: string;
  /** Shells that can show it do. */
  readonly description?: string;
}

/** `files`: the shell's own names of files, when there are no candidates. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

/** What the engine has; `command` is the one that they are for. */
export interface CompletionSources {
  containers(command: string, begun: string): readonly Candidate[];
  images(begun: string): Promise<readonly Candidate[]>;
  snapshots(begun: string): readonly Candidate[];
  logins(): Promise<readonly Candidate[]>;
  volumes(): Promise<readonly Candidate[]>;
  /** Removed containers that can be restored. */
  removed(): Promise<readonly Candidate[]>;
}

const NOTHING: Completion = { candidates: [], files: false };
const FILES: Completion = { candidates: [], files: true };

/** `words`: all behind the program's name; the last one, maybe empty, is what is being typed. */
export async function complete(
  words: readonly string[],
  commands: readonly Command[],
  sources: CompletionSources,
): Promise<Completion> {
  const begun = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const found = commandOf(before, commands);
  if (found !== undefined) return beginning(begun, await inCommand(found.command, found.rest, begun, sources));
  if (before.length === 0) return beginning(begun, only([...firstWords(commands), { text: 'help' }]));
  if (before.length === 1 && before[0] === 'help') return beginning(begun, only(firstWords(commands)));
  const [group = ''] = before;
  return before.length === 1 && GROUPS.includes(group) ? beginning(begun, only(secondWords(group, commands))) : NOTHING;
}

const only = (candidates: readonly Candidate[]): Completion => ({ candidates, files: false });

/** Those that begin with what is typed already, each once, in order. */
function beginning(begun: string, { candidates, files }: Completion): Completion {
  const fitting = candidates.filter(({ text }) => text.startsWith(begun));
  const unique = [...new Map(fitting.map((one) => [one.text, one])).values()];
  return { candidates: unique.sort((a, b) => (a.text < b.text ? -1 : 1)), files };
}

function commandOf(
  before: readonly string[],
  commands: readonly Command[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  const words = withoutAlias(before);
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ');
    const command = commands.find((one) => one.name === name);
    if (command !== undefined) return { command, rest: words.slice(count) };
  }
  return undefined;
}

function firstWords(commands: readonly Command[]): readonly Candidate[] {
  const own = commands.filter(({ name, hidden }) => hidden !== true && !name.includes(' '));
  return [
    ...own.map(({ name, summary }) => ({ text: name, description: summary })),
    ...GROUPS.map((group) => ({ text: group, description: `Commands on a ${group}` })),
  ];
}

function secondWords(group: string, commands: readonly Command[]): readonly Candidate[] {
  const own = commands.filter(({ name }) => name.startsWith(`${group} `));
  const aliases = [...ALIASES].filter(([name]) => name.startsWith(`${group} `));
  return [
    ...own.map(({ name, summary }) => ({ text: name.slice(group.length + 1), description: summary })),
    ...aliases.map(([name, words]) => ({
      text: name.slice(group.length + 1),
      description: commandOf(words, commands)?.command.summary ?? '',
    })),
  ];
}

async function inCommand(
  command: Command,
  rest: readonly string[],
  begun: string,
  sources: CompletionSources,
): Promise<Completion> {
  const { pending, args, ended } = readSoFar(command, rest);
  if (pending !== undefined) return valuesOf(pending.placeholder ?? '', command, begun, sources);
  if (!ended && begun.startsWith('--') && begun.includes('=')) {
    const name = begun.slice(2, begun.indexOf('='));
    const option = command.options.find(({ long }) => long === name);
    const start = `--${name}=`;
    const values = await valuesOf(option?.placeholder ?? '', command, begun.slice(start.length), sources);
    return { ...values, candidates: values.candidates.map((one) => ({ ...one, text: start + one.text })) };
  }
  if (!ended && begun.startsWith('-')) return only(optionNames(command));
  return valuesOf(argumentAt(command, args), command, begun, sources);
}

interface SoFar {
  /** The option whose value comes next. */
  readonly pending: OptionSpec | undefined;
  readonly args: number;
  /** No more options. */
  readonly ended: boolean;
}

/** What the parser would make of these words, and of one more. */
function readSoFar(command: Command, words: readonly string[]): SoFar {
  let pending: OptionSpec | undefined;
  let args = 0;
  let ended = false;
  for (const word of words) {
    if (pending !== undefined) pending = undefined;
    else if (ended || !word.startsWith('-') || word === '-') {
      args++;
      ended ||= command.commandFollows === true;
    } else if (word === '--') ended = true;
    else pending = waiting(command, word);
  }
  return { pending, args, ended };
}

/** The option of a word, if its value is another word. */
function waiting({ options }: Command, word: string): OptionSpec | undefined {
  if (word.startsWith('--'))
    return word.includes('=') ? undefined : options.find(({ long, kind }) => `--${long}` === word && kind !== 'flag');
  const letters = Array.from(word.slice(1));
  const index = letters.findIndex((letter) => options.find(({ short }) => short === letter)?.kind !== 'flag');
  // A value that is glued to its letter is there already.
  return index === letters.length - 1 ? options.find(({ short }) => short === letters[index]) : undefined;
}

const optionNames = ({ options }: Command): readonly Candidate[] => [
  ...options
    .filter(({ hidden }) => hidden !== true)
    .map(({ long, help }) => ({ text: `--${long}`, description: help })),
  { text: '--help', description: 'Show the options' },
];

/** The word of the usage line for the argument of that number; the last one where several may come. */
function argumentAt({ usage, max }: Command, index: number): string {
  const words = usage.split(' ').filter((word) => word !== '' && word !== '[OPTIONS]' && !word.startsWith('--'));
  if (max !== undefined && index >= max) return '';
  return words[index] ?? (words.at(-1)?.includes('...') === true ? (words.at(-1) ?? '') : '');
}

/** What may stand for a word of a usage line or a placeholder. */
async function valuesOf(
  place: string,
  command: Command,
  begun: string,
  sources: CompletionSources,
): Promise<Completion> {
  const word = place.replaceAll(/[[\]]|\.\.\./g, '');
  if (/^[a-z-]+(\|[a-z-]+)+$/.test(word)) return only(word.split('|').map((text) => ({ text })));
  if (word === 'REMOVED') return only(await sources.removed());
  if (word.startsWith('CONTAINER')) return only(sources.containers(command.name, begun));
  if (/^(SOURCE_|TARGET_)?IMAGE|^REPOSITORY|^NAME[[:]/.test(word)) return only(await sources.images(begun));
  if (word === 'NAME|ID') return only([...sources.containers(command.name, begun), ...(await sources.images(begun))]);
  if (word === 'VOLUME') return only(await sources.volumes());
  // What is not one is a folder of the machine.
  if (word.startsWith('VOLUME|HOST'))
    return { ...only(/^[./~]/.test(begun) ? [] : await sources.volumes()), files: true };
  if (word === 'SNAPSHOT') return only(sources.snapshots(begun));
  if (word === 'SERVER') return only(await sources.logins());
  return Object.hasOwn(WORDS, word) ? only((WORDS[word] ?? '').split(' ').map((text) => ({ text }))) : byFile(word);
}

/** Placeholder → its values, where they are few. */
const WORDS: Readonly<Record<string, string>> = {
  SIGNAL: 'SIGHUP SIGINT SIGKILL SIGQUIT SIGSTOP SIGTERM SIGUSR1 SIGUSR2',
  POLICY: 'no on-failure always unless-stopped',
  FORMAT: 'json table',
  CAPABILITY: 'ALL',
  'OS/ARCH/VARIANT': 'linux/amd64 linux/arm64 linux/arm/v7 linux/386 linux/riscv64',
};

const byFile = (word: string): Completion => (/^(FILE|DIR|HOST|COMMAND|ARG|PROGRAM)/.test(word) ? FILES : NOTHING);
