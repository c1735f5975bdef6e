// The command line's grammar as in docker (pflag): long and short options, bundled flags, `--`, options only before the
// first argument where a command follows. Pure; what the options mean is the commands' affair.

import { invalidArgument } from '../../base/errors.ts';

export interface OptionSpec {
  /** Without the dashes. */
  readonly long: string;
  readonly short?: string;
  /** `flag`: present or `=true|false`; `value`: the last one wins; `list`: all of them count. */
  readonly kind: 'flag' | 'value' | 'list';
  /** What stands for the value in the help. */
  readonly placeholder?: string;
  readonly help: string;
  /** Taken, but not shown in the help. */
  readonly hidden?: boolean;
}

export interface Grammar {
  readonly options: readonly OptionSpec[];
  /** Number of arguments; `max` absent: any number. */
  readonly min: number;
  readonly max?: number;
  /** Options end at the first argument: what follows belongs to the container's command. */
  readonly commandFollows?: boolean;
}

export class ParsedOptions {
  readonly args: readonly string[];
  /** True for `--help`, wherever options may stand. */
  readonly help: boolean;
  private readonly values: ReadonlyMap<string, readonly string[]>;

  constructor(args: readonly string[], values: ReadonlyMap<string, readonly string[]>, help: boolean) {
    this.args = args;
    this.values = values;
    this.help = help;
  }

  flag(long: string): boolean {
    return this.values.get(long)?.at(-1) === 'true';
  }

  value(long: string): string | undefined {
    return this.values.get(long)?.at(-1);
  }

  list(long: string): readonly string[] {
    return this.values.get(long) ?? [];
  }
}

/** `{key: value}`, or nothing for what is not given or given empty (`-u ""`), which docker takes for not given. */
export function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined || value === '' ? {} : ({ [key]: value } as Record<K, V>);
}

/** Throws InvalidArgument that names the option or the wrong number of arguments. */
export function parseOptions(grammar: Grammar, argv: readonly string[]): ParsedOptions {
  const values = new Map<string, string[]>();
  const args: string[] = [];
  let help = false;
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      args.push(...rest.splice(0));
    } else if (word === '--help') {
      help = true;
    } else if (word.startsWith('--')) {
      takeLong(grammar, word.slice(2), rest, values);
    } else if (word.startsWith('-') && word.length > 1) {
      takeShort(grammar, word.slice(1), rest, values);
    } else {
      args.push(word);
      if (grammar.commandFollows === true) args.push(...rest.splice(0));
    }
  }
  if (!help) checkCount(grammar, args.length);
  return new ParsedOptions(args, values, help);
}

type Values = Map<string, string[]>;

function takeLong(grammar: Grammar, text: string, rest: string[], values: Values): void {
  const [name = '', ...assigned] = text.split('=');
  const spec = grammar.options.find((option) => option.long === name);
  if (spec === undefined) throw invalidArgument(`unknown flag: --${name}`);
  take(spec, `--${name}`, assigned.length === 0 ? undefined : assigned.join('='), rest, values);
}

/** `-it`, `-eA=b`, `-e A=b`, `-t=false`. */
function takeShort(grammar: Grammar, text: string, rest: string[], values: Values): void {
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] ?? '';
    const spec = grammar.options.find((option) => option.short === letter);
    if (spec === undefined) throw invalidArgument(`unknown shorthand flag: '${letter}' in -${text}`);
    const tail = text.slice(index + 1);
    if (spec.kind !== 'flag' || tail.startsWith('=')) {
      take(spec, `-${letter}`, tail === '' ? undefined : tail.replace(/^=/, ''), rest, values);
      return;
    }
    take(spec, `-${letter}`, undefined, rest, values);
  }
}

function take(spec: OptionSpec, shown: string, assigned: string | undefined, rest: string[], values: Values): void {
  const value = spec.kind === 'flag' ? (assigned ?? 'true') : (assigned ?? rest.shift());
  if (value === undefined) throw invalidArgument(`flag needs an argument: ${shown}`);
  if (spec.kind === 'flag' && value !== 'true' && value !== 'false')
    throw invalidArgument(`invalid argument "${value}" for ${shown}: true or false`);
  values.set(spec.long, [...(values.get(spec.long) ?? []), value]);
}

function checkCount(grammar: Grammar, count: number): void {
  const { min, max } = grammar;
  const words = (number: number): string => `${number} argument${number === 1 ? '' : 's'}`;
  if (min === max && count !== min)
    throw invalidArgument(min === 0 ? 'accepts no arguments' : `requires exactly ${words(min)}`);
  if (count < min) throw invalidArgument(`requires at least ${words(min)}`);
  if (max !== undefined && count > max) throw invalidArgument(`requires at most ${words(max)}`);
}
