// How a container's output is kept: docker's log drivers and their options, daemon.json's defaults for them. Pure.

import type { LogConfig } from '../../protocol/models.ts';
import { parseSize } from '../base/bytes.ts';
import { invalidArgument } from '../base/errors.ts';
import { member, optional, record, string, type Field } from '../base/validate.ts';

export interface LogSettings {
  /** `json-file` or `none`. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
}

/** What a shim is told of it. */
export interface LogFiles {
  /** Bytes of each; absent: one file without a bound. */
  readonly size?: number;
  readonly count: number;
}

export const DEFAULT_LOG: LogSettings = { driver: 'json-file', options: {} };

/** LOG_FILES_MAX of native/src/shim/options.h: a reader has all of them open. */
const MAX_FILES = 100;

/** daemon.json's `log-driver` and `log-opts`. Throws InvalidArgument that names what is wrong. */
export function readLogSettings(document: Field): LogSettings {
  const settings = {
    driver: optional(member(document, 'log-driver'), string) ?? DEFAULT_LOG.driver,
    options: optional(member(document, 'log-opts'), (field) => record(field, string)) ?? {},
  };
  logFiles(settings);
  return settings;
}

/** What was asked for, with the defaults for the rest, where they are of the same driver. Throws as {@link logFiles} does. */
export function resolveLog({ driver, options = {} }: LogConfig, defaults: LogSettings): LogSettings {
  const same = driver === undefined || driver === '' || driver === defaults.driver;
  const resolved = same
    ? { driver: defaults.driver, options: { ...defaults.options, ...options } }
    : { driver, options };
  logFiles(resolved);
  return resolved;
}

/** The files of a log; undefined where none is kept. Throws InvalidArgument for a driver or an option that there is not. */
export function logFiles({ driver, options }: LogSettings): LogFiles | undefined {
  if (driver === 'none') return undefined;
  if (driver !== 'json-file')
    throw invalidArgument(`use log driver ${JSON.stringify(driver)}: no log driver of that name is registered`, {
      hint: 'There are json-file and none.',
    });
  const unknown = Object.keys(options).find((name) => name !== 'max-size' && name !== 'max-file');
  if (unknown !== undefined)
    throw invalidArgument(`unknown log opt '${unknown}' for json-file log driver`, {
      hint: 'There are max-size and max-file.',
    });
  const size = maxSize(options['max-size']);
  const count = maxFile(options['max-file'] ?? '1');
  if (size === undefined && count > 1)
    throw invalidArgument('invalid log opt max-file: it needs max-size, or the first file never ends');
  return size === undefined ? { count } : { size, count };
}

/** Docker's: units of 1000; -1: no bound. */
function maxSize(text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text === '-1') return undefined;
  const size = parseSize(text, 1000);
  if (size === undefined || size === 0)
    throw invalidArgument(`invalid log opt max-size: invalid size: '${text}'`, { hint: 'Write 10m, 500k or bytes.' });
  return size;
}

function maxFile(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_FILES)
    throw invalidArgument(`invalid log opt max-file: "${text}" is no number from 1 to ${MAX_FILES}`);
  return count;
}
