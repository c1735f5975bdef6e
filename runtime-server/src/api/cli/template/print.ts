// How Go writes values (package fmt), and `printf`. Pure; no result is longer than TEXT_MAX.

import { CallError } from './error.ts';
import { quoteText } from './literals.ts';
import { Fields, isList, isMap, isNothing, Nil, sortedKeys, typeName, type Value } from './values.ts';

/** Longest text that a function may make. */
export const TEXT_MAX = 4 * 1024 ** 2;

export function bounded(text: string): string {
  if (text.length > TEXT_MAX) throw new CallError(`the text is longer than ${TEXT_MAX} characters`);
  return text;
}

/** `%v`. */
export function plain(value: Value): string {
  if (isNothing(value)) return '<nil>';
  if (value instanceof Nil) return { list: '[]', map: 'map[]', pointer: '<nil>' }[value.kind];
  if (value instanceof Fields) return plain(value.toJSON());
  if (isList(value)) return `[${bounded(value.map(plain).join(' '))}]`;
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${plain(value[key])}`)
      .join(' ')}]`;
  return typeof value === 'number' ? number(value) : String(value);
}

/** As an action writes it. */
export const shown = (value: Value): string => (isNothing(value) ? '<no value>' : plain(value));

/** `fmt.Sprint`: a space between two that are no texts. */
export function sprint(values: readonly Value[]): string {
  const isText = (value: Value): boolean => typeof value === 'string';
  const parts = values.map((value, index) => {
    const apart = index > 0 && !isText(value) && !isText(values[index - 1]);
    return (apart ? ' ' : '') + plain(value);
  });
  return joined(parts, '');
}

export const sprintln = (values: readonly Value[]): string => `${joined(values.map(plain), ' ')}\n`;

export function joined(parts: readonly string[], between: string): string {
  const length = parts.reduce((sum, part) => sum + part.length + between.length, 0);
  if (length > TEXT_MAX) throw new CallError(`the text is longer than ${TEXT_MAX} characters`);
  return parts.join(between);
}

/** `%v` of a number: Go goes over to exponents earlier than JavaScript. */
function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return value.toFixed(0);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  return exponent < -4 || exponent >= 21 ? exponential(value.toExponential()) : String(value);
}

/** At least two digits behind the `e`. */
export const exponential = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

/** `fmt.Sprintf`. */
export function sprintf(format: string, values: readonly Value[]): string {
  const parts: string[] = [];
  const rest = [...values];
  let last = 0;
  for (const found of format.matchAll(/%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([\s\S])?/gu)) {
    parts.push(format.slice(last, found.index), directive(found, rest));
    last = found.index + found[0].length;
  }
  parts.push(format.slice(last));
  if (rest.length > 0) parts.push(`%!(EXTRA ${rest.map((value) => `${typeName(value)}=${plain(value)}`).join(', ')})`);
  return joined(parts, '');
}

interface Flags {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** Go's own bound on both. */
const WIDTH_MAX = 1e6;

function directive([whole, flags = '', width, precision, verb]: RegExpExecArray, rest: Value[]): string {
  const size = (text: string | undefined): number | undefined => {
    if (text !== '*') return text === undefined ? undefined : Number(text);
    const value = rest.shift();
    return typeof value === 'number' ? value : Number.NaN;
  };
  const columns = size(width) ?? 0;
  const digits = size(precision) ?? (whole.includes('.') ? 0 : undefined);
  if (!(Math.abs(columns) <= WIDTH_MAX)) return '%!(BADWIDTH)';
  if (digits !== undefined && !(digits >= 0 && digits <= WIDTH_MAX)) return '%!(BADPREC)';
  if (verb === undefined) return '%!(NOVERB)';
  if (verb === '%') return '%';
  if (rest.length === 0) return `%!${verb}(MISSING)`;
  const how = { flags: columns < 0 ? `${flags}-` : flags, width: Math.abs(columns), precision: digits };
  return one(verb, rest.shift(), how);
}

function one(verb: string, value: Value, how: Flags): string {
  if (verb === 'T') return padded(typeName(value), how);
  if (verb !== 'v' && isList(value))
    return `[${joined(
      value.map((each) => one(verb, each, how)),
      ' ',
    )}]`;
  const text = formatted(verb, value, how);
  return text ?? `%!${verb}(${typeName(value)}=${plain(value)})`;
}

/** Undefined where the verb is not for such a value. */
function formatted(verb: string, value: Value, how: Flags): string | undefined {
  if (verb === 'v' && typeof value !== 'number') return padded(plain(value), how);
  if (typeof value === 'string') return textual(verb, value, how);
  if (typeof value === 'number') return numeric(verb, value, how);
  if (typeof value === 'boolean') return verb === 't' ? padded(String(value), how) : undefined;
  return isMap(value) && verb === 's' ? padded(plain(value), how) : undefined;
}

function textual(verb: string, value: string, how: Flags): string | undefined {
  const cut = how.precision === undefined ? value : Array.from(value).slice(0, how.precision).join('');
  const hex = (): string => Buffer.from(cut).toString('hex');
  switch (verb) {
    case 's':
      return padded(cut, how);
    case 'q':
      return padded(quoteText(cut), how);
    case 'x':
      return padded(hex(), how);
    case 'X':
      return padded(hex().toUpperCase(), how);
    default:
      return undefined;
  }
}

const BASES: Readonly<Record<string, number>> = { b: 2, o: 8, d: 10, v: 10, x: 16, X: 16 };
const PREFIXES: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };

function numeric(verb: string, value: number, how: Flags): string | undefined {
  if (!Number.isInteger(value))
    return 'efgv'.includes(verb) ? signed(value, fraction(verb, value, how), how) : undefined;
  if ('efg'.includes(verb)) return signed(value, fraction(verb, value, how), how);
  if (verb === 'c' || verb === 'q' || verb === 'U') return character(verb, value, how);
  const base = BASES[verb];
  if (base === undefined) return undefined;
  const digits = Math.abs(value)
    .toString(base)
    .padStart(how.precision ?? 0, '0');
  const prefix = how.flags.includes('#') ? (PREFIXES[verb] ?? '') : '';
  return signed(value, prefix + (verb === 'X' ? digits.toUpperCase() : digits), how);
}

function character(verb: string, value: number, how: Flags): string {
  const valid = value >= 0 && value <= 0x10ffff;
  const char = String.fromCodePoint(valid ? value : 0xfffd);
  if (verb === 'U') return padded(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, how);
  return padded(verb === 'c' ? char : `'${quoteText(char).slice(1, -1)}'`, how);
}

/** Without its sign. */
function fraction(verb: string, value: number, { precision }: Flags): string {
  const size = Math.abs(value);
  // JavaScript knows no more than 100 digits.
  const digits = Math.min(precision ?? 6, 100);
  if (verb === 'f') return size.toFixed(digits);
  if (verb === 'e') return exponential(size.toExponential(digits));
  return precision === undefined ? number(size) : String(Number(size.toPrecision(Math.max(1, digits))));
}

function signed(value: number, digits: string, how: Flags): string {
  const sign = value < 0 ? '-' : how.flags.includes('+') ? '+' : how.flags.includes(' ') ? ' ' : '';
  const zeros = how.flags.includes('0') && !how.flags.includes('-');
  return zeros ? sign + digits.padStart(how.width - sign.length, '0') : padded(sign + digits, how);
}

function padded(text: string, { flags, width }: Flags): string {
  const missing = ' '.repeat(Math.max(0, width - Array.from(text).length));
  return flags.includes('-') ? text + missing : missing + text;
}
