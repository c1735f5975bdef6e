// The functions of templates: Go's own and docker's. Pure.

import { CallError } from './error.ts';
import { bounded, joined, sprint, sprintf, sprintln } from './print.ts';
import { Fields, isList, isMap, isNothing, isOpenMap, isTrue, Nil, typeName, type Value } from './values.ts';

export interface TemplateFunction {
  /** Types of the arguments; `any...`: and any number more. */
  readonly takes: readonly ('any' | 'string' | 'int' | 'strings' | 'any...')[];
  readonly call: (...args: Value[]) => Value;
}

/** JSON for people and scripts: no byte of it is obeyed by a terminal. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Rows have `<`, `>` and `&` written as docker writes them. */
function json(value: Value): string {
  const text = jsonText(value ?? null);
  if (!(value instanceof Fields)) return bounded(text);
  return bounded(text.replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`));
}

const titled = (text: string): string =>
  text.replaceAll(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());

function pad(text: string, before: number, after: number): string {
  if (text === '') return '';
  if (before < 0 || after < 0) throw new CallError('negative Repeat count');
  if (before + after > 1e6) throw new CallError('too many spaces');
  return ' '.repeat(before) + text + ' '.repeat(after);
}

function truncate(text: string, length: number): string {
  if (length < 0) throw new CallError(`slice bounds out of range [:${length}]`);
  return Array.from(text).slice(0, length).join('');
}

type Text = (text: string) => string;
const onText = (change: Text): TemplateFunction => ({
  takes: ['string'],
  call: (text) => bounded(change(text as string)),
});

const DOCKER: Readonly<Record<string, TemplateFunction>> = {
  json: { takes: ['any'], call: json },
  split: { takes: ['string', 'string'], call: (text, by) => (text as string).split(by as string) },
  join: { takes: ['strings', 'string'], call: (list, by) => joined(texts(list), by as string) },
  title: onText(titled),
  lower: onText((text) => text.toLowerCase()),
  upper: onText((text) => text.toUpperCase()),
  pad: { takes: ['string', 'int', 'int'], call: (text, a, b) => pad(text as string, a as number, b as number) },
  truncate: { takes: ['string', 'int'], call: (text, length) => truncate(text as string, length as number) },
};

const GO: Readonly<Record<string, TemplateFunction>> = {
  and: { takes: ['any', 'any...'], call: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1) },
  or: { takes: ['any', 'any...'], call: (...args) => args.find(isTrue) ?? args.at(-1) },
  not: { takes: ['any'], call: (arg) => !isTrue(arg) },
  eq: { takes: ['any', 'any...'], call: (first, ...others) => equals(first, others) },
  ne: { takes: ['any', 'any'], call: (a, b) => !same(a, b) },
  lt: { takes: ['any', 'any'], call: (a, b) => order(a, b) < 0 },
  le: { takes: ['any', 'any'], call: (a, b) => order(a, b) <= 0 },
  gt: { takes: ['any', 'any'], call: (a, b) => order(a, b) > 0 },
  ge: { takes: ['any', 'any'], call: (a, b) => order(a, b) >= 0 },
  len: { takes: ['any'], call: length },
  index: { takes: ['any', 'any...'], call: (item, ...keys) => keys.reduce(index, item) },
  slice: { takes: ['any', 'any...'], call: (item, ...bounds) => slice(item, bounds) },
  print: { takes: ['any...'], call: (...args) => sprint(args) },
  println: { takes: ['any...'], call: (...args) => sprintln(args) },
  printf: { takes: ['string', 'any...'], call: (format, ...args) => bounded(sprintf(format as string, args)) },
  html: { takes: ['any...'], call: (...args) => bounded(escaped(args, /[<>&"']/g, HTML)) },
  js: { takes: ['any...'], call: (...args) => bounded(escaped(args, /[\\'"<>&=\n\r\t]/g, JS)) },
  urlquery: { takes: ['any...'], call: (...args) => bounded(query(sprint(args))) },
};

export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(Object.entries({ ...GO, ...DOCKER }));

/** In the head of a table these leave the column's name as it is (docker/cli `HeaderFunctions`). */
export const HEADER_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ...FUNCTIONS,
  ...['json', 'title', 'lower', 'upper'].map((name) => [name, onText((text) => text)] as const),
  ['truncate', { takes: ['string', 'int'], call: (text) => text }],
]);

const texts = (list: Value): readonly string[] =>
  isList(list) ? list.map((item) => (typeof item === 'string' ? item : '')) : [];

type Basic = string | number | boolean;
const isBasic = (value: Value): value is Basic => ['string', 'number', 'boolean'].includes(typeof value);

function equals(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new CallError('missing argument for comparison');
  return others.some((other) => same(first, other));
}

function same(a: Value, b: Value): boolean {
  const nothing = (value: Value): boolean => isNothing(value) || value instanceof Nil;
  if (nothing(a) || nothing(b)) return nothing(a) && nothing(b);
  const odd = [a, b].find((value) => !isBasic(value));
  if (odd !== undefined) throw new CallError(`non-comparable type ${typeName(odd)}`);
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  return a === b;
}

/** Negative, zero or positive. */
function order(a: Value, b: Value): number {
  if (!isBasic(a) || !isBasic(b) || typeof a === 'boolean') throw new CallError('invalid type for comparison');
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  return a < b ? -1 : Number(a > b);
}

function length(item: Value): number {
  if (typeof item === 'string') return Buffer.byteLength(item);
  if (item instanceof Nil && item.kind !== 'pointer') return 0;
  if (isList(item)) return item.length;
  if (isMap(item)) return Object.keys(item).length;
  if (isNothing(item)) throw new CallError('len of nil pointer');
  throw new CallError(`len of type ${typeName(item)}`);
}

function index(item: Value, key: Value): Value {
  if (isNothing(item)) throw new CallError('index of untyped nil');
  if (isMap(item) || (item instanceof Nil && item.kind === 'map')) {
    if (typeof key !== 'string') throw new CallError(`value has type ${typeName(key)}; should be string`);
    const found = item instanceof Nil || !Object.hasOwn(item, key) ? undefined : item[key];
    return found ?? (item instanceof Nil || isOpenMap(item) ? '' : undefined);
  }
  if (typeof item !== 'string' && !isList(item) && !(item instanceof Nil && item.kind === 'list'))
    throw new CallError(`can't index item of type ${typeName(item)}`);
  if (typeof key !== 'number') throw new CallError(`cannot index slice/array with type ${typeName(key)}`);
  const bytes = typeof item === 'string' ? Buffer.from(item) : item instanceof Nil ? [] : item;
  if (!Number.isInteger(key) || key < 0 || key >= bytes.length) throw new CallError(`index out of range: ${key}`);
  return bytes[key];
}

function slice(item: Value, bounds: readonly Value[]): Value {
  if (typeof item !== 'string' && !isList(item)) throw new CallError(`can't slice item of type ${typeName(item)}`);
  if (bounds.length > 3) throw new CallError(`too many slice indexes: ${bounds.length}`);
  const [start = 0, end = item.length] = bounds.map((bound) => position(bound, item.length));
  if (start > end) throw new CallError(`invalid slice index: ${start} > ${end}`);
  return item.slice(start, end);
}

function position(bound: Value, most: number): number {
  if (typeof bound !== 'number') throw new CallError(`cannot index slice/array with type ${typeName(bound)}`);
  if (!Number.isInteger(bound) || bound < 0 || bound > most) throw new CallError(`index out of range: ${bound}`);
  return bound;
}

const HTML: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&#34;',
  "'": '&#39;',
};
const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
  '\n': '\\u000A',
  '\r': '\\u000D',
  '\t': '\\u0009',
};

const escaped = (args: readonly Value[], pattern: RegExp, table: Readonly<Record<string, string>>): string =>
  sprint(args).replaceAll(pattern, (char) => table[char] ?? char);

const query = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replaceAll('%20', '+')
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
