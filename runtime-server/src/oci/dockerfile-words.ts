// The words of one Dockerfile instruction: lines, quotes, escapes, variables, JSON lists (Dockerfile reference, "Parser",
// "Environment replacement", "Shell and exec form"). Pure; knows no instruction.

import { invalidArgument } from '../base/errors.ts';
import { quote } from '../base/validate.ts';

export interface Instruction {
  /** In upper case. */
  readonly name: string;
  readonly rest: string;
}

/** The instructions of some lines; `\` at a line's end continues it, empty lines and comments are passed over. */
export function parseInstructions(text: string): readonly Instruction[] {
  return text
    .replace(/\\[ \t]*\r?\n/g, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = ''] = line.split(/\s/, 1);
      return { name: name.toUpperCase(), rest: line.slice(name.length).trim() };
    });
}

/** The strings of a JSON list; undefined when it is none (then it is the shell form). Throws for a list of other things. */
export function jsonList(rest: string): readonly string[] | undefined {
  if (!rest.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(rest);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (value.some((item) => typeof item !== 'string'))
    throw invalidArgument('when using JSON array syntax, arrays must be comprised of strings only');
  return value as string[];
}

/** Words parted by white space outside of quotes; quotes and escapes are kept. */
export function splitWords(rest: string): readonly string[] {
  return rest.match(/(?:\\[^]|"(?:\\[^]|[^"\\])*"?|'[^']*'?|[^\s\\"']|\\$)+/g) ?? [];
}

/** `name=value` pairs, or one `name value` (the old form). `instruction` begins the errors. */
export function parsePairs(instruction: string, rest: string): readonly (readonly [name: string, value: string])[] {
  const words = splitWords(rest);
  if (words[0]?.includes('=') === false) {
    const [, name = '', value] = /^(\S+)(?:\s+([^]*))?$/.exec(rest) ?? [];
    if (value === undefined) throw invalidArgument(`${instruction} must have two arguments`);
    return [[name, value]];
  }
  return words.map((word) => {
    const at = word.indexOf('=');
    if (at === -1)
      throw invalidArgument(`Syntax error - can't find = in ${quote(word)}. Must be of the form: name=value`);
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

export type Variables = (name: string) => string | undefined;

/** A word with its quotes and escapes taken away and `$name`, `${name}`, `${name:-word}`, `${name:+word}` replaced. */
export function expandWord(word: string, variables: Variables): string {
  const reader: Reader = { word, at: 0, variables };
  return readUntil(reader, undefined);
}

interface Reader {
  readonly word: string;
  at: number;
  readonly variables: Variables;
}

// `end`: the brace that closes a replacement's own word.
function readUntil(reader: Reader, end: '}' | undefined): string {
  let text = '';
  while (reader.at < reader.word.length) {
    const character = reader.word[reader.at++] ?? '';
    if (character === end) return text;
    if (character === "'") text += readSingle(reader);
    else if (character === '"') text += readDouble(reader);
    else if (character === '\\') text += reader.word[reader.at++] ?? '';
    else if (character === '$') text += readVariable(reader);
    else text += character;
  }
  if (end !== undefined) throw unfinished(reader, `unexpected end of statement while looking for matching ${end}`);
  return text;
}

function readSingle(reader: Reader): string {
  const close = reader.word.indexOf("'", reader.at);
  if (close === -1) throw unfinished(reader, 'unexpected end of statement while looking for matching single-quote');
  const text = reader.word.slice(reader.at, close);
  reader.at = close + 1;
  return text;
}

// Within double quotes a backslash escapes only what is special there.
function readDouble(reader: Reader): string {
  let text = '';
  while (reader.at < reader.word.length) {
    const character = reader.word[reader.at++] ?? '';
    const next = reader.word[reader.at] ?? '';
    if (character === '"') return text;
    if (character === '\\' && /["$\\]/.test(next)) {
      text += next;
      reader.at += 1;
    } else if (character === '$') text += readVariable(reader);
    else text += character;
  }
  throw unfinished(reader, 'unexpected end of statement while looking for matching double-quote');
}

function readVariable(reader: Reader): string {
  const rest = reader.word.slice(reader.at);
  const plain = /^(?:[A-Za-z_]\w*|\d|[@*#])/.exec(rest);
  if (plain !== null) {
    reader.at += plain[0].length;
    return reader.variables(plain[0]) ?? '';
  }
  const braced = /^\{(\w+)(:?[-+])?/.exec(rest);
  if (braced === null) {
    if (rest.startsWith('{')) throw unfinished(reader, 'bad substitution');
    return '$';
  }
  const [all, name = '', operator] = braced;
  reader.at += all.length;
  const value = reader.variables(name);
  const word = readUntil(reader, '}');
  if (operator === undefined) {
    if (word !== '') throw unfinished(reader, 'unsupported modifier in substitution');
    return value ?? '';
  }
  const there = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  return operator.endsWith('-') ? (there ? (value ?? '') : word) : there ? word : '';
}

function unfinished(reader: Reader, reason: string): Error {
  return invalidArgument(`failed to process ${quote(reader.word)}: ${reason}`);
}
