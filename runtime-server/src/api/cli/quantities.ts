// Sizes, numbers and pairs as docker's options take them (go-units, pflag), with docker's sentences. Pure.

import { parseSize } from '../../base/bytes.ts';
import { invalidArgument, type EngineError } from '../../base/errors.ts';

/** A size: see {@link parseSize}. `option` is the option as docker shows it: `-m, --memory`. */
export function parseBytes(text: string, option: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw badArgument(text, option, `invalid size: '${text}'`);
  return bytes;
}

/** A whole number, negative ones too. */
export function parseInteger(text: string, option: string): number {
  const value = /^[+-]?\d{1,18}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw badArgument(text, option, `parsing "${text}": invalid syntax`);
  return value;
}

/** `1.5` or `3/2` CPUs in billionths (docker/cli `ParseCPUs`). */
export function parseCpus(text: string): number {
  const [, number = '', divisor = '1'] = /^(\d{1,9}(?:\.\d*)?|\.\d+)(?:\/(\d{1,9}))?$/.exec(text) ?? [];
  const nano = (Number(number) * 1e9) / Number(divisor);
  if (number === '' || !Number.isFinite(nano))
    throw badArgument(text, '--cpus', `failed to parse ${text} as a rational number`);
  const rounded = Math.round(nano);
  if (Math.abs(rounded - nano) > 1e-3) throw badArgument(text, '--cpus', 'value is too precise');
  return rounded;
}

/** `NAME=VALUE` entries; a later one wins. */
export function parsePairs(entries: readonly string[], wrong: (entry: string) => EngineError): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) throw wrong(entry);
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** pflag's sentence. */
export function badArgument(text: string, option: string, reason: string): EngineError {
  return invalidArgument(`invalid argument "${text}" for "${option}" flag: ${reason}`);
}
