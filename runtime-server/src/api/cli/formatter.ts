// `--format` of the commands that list things: docker's tables and templates (docker/cli, command/formatter). Pure.

import { invalidArgument, type EngineError } from '../../base/errors.ts';
import { tabulate } from './table.ts';
import { TemplateError } from './template/error.ts';
import { HEADER_FUNCTIONS } from './template/functions.ts';
import { Template } from './template/template.ts';
import { Fields, type Value } from './template/values.ts';
import type { CliSession } from './session.ts';

export const FORMAT = {
  long: 'format',
  kind: 'value',
  placeholder: 'FORMAT',
  help: 'table, json, or a Go template (\'{{.ID}}\', "table {{.ID}}\\t{{.Size}}")',
} as const;

/** The same for commands that show one thing. */
export const DOCUMENT_FORMAT = {
  ...FORMAT,
  short: 'f',
  help: 'json, or a Go template',
} as const;

/** A kind of rows: what docker's `Context` of it knows. */
export interface Listing {
  /** Go's type of a row in docker, for its errors. */
  readonly type: string;
  /** Field → its head in a table. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The lines for these rows. `table` is the format where none, or only `table`, was asked for. Throws InvalidArgument. */
export function formatRows(
  listing: Listing,
  rows: readonly Fields[],
  format: string | undefined,
  table: string,
  session: Pick<CliSession, 'request'>,
): string {
  const wanted = format === undefined || format === '' || format === 'table' ? table : format;
  const isTable = wanted.startsWith('table');
  const text = (wanted === 'json' ? '{{json .}}' : isTable ? wanted.slice('table'.length) : wanted)
    .replaceAll(/^ +| +$/g, '')
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n');
  try {
    const template = new Template(text);
    const clean = cleanerFor(session);
    const lines = rows.map((row) => `${template.execute(row, { clean })}\n`).join('');
    if (!isTable) return lines;
    return tabulate(`${template.execute(headOf(listing), { functions: HEADER_FUNCTIONS })}\n${lines}`);
  } catch (error) {
    throw listError(error);
  }
}

/** Whether a format asks for a field, so that what is costly need not be found out for the others. */
export const mentions = (format: string | undefined, field: string): boolean =>
  new RegExp(`\\.${field}\\b`).test(format ?? '');

/** What a value becomes before it is written: a terminal gets nothing that it would obey but new lines and tabs. */
export function cleanerFor({ request }: Pick<CliSession, 'request'>): (text: string) => string {
  if (!request.tty.stdout) return (text) => text;
  return (text) => text.replace(/[^\P{Cc}\n\t]/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The head: a name for each field, and for a label the last part of its own name. */
function headOf({ headers }: Listing): Value {
  return new Fields('formatter.SubHeaderContext', {
    ...Object.fromEntries(Object.entries(headers).map(([name, head]) => [name, () => head])),
    Label: (name) => (typeof name === 'string' ? (name.split('.').at(-1) ?? '').replaceAll(/[-_]/g, ' ') : ''),
  });
}

function listError(error: unknown): unknown {
  if (!(error instanceof TemplateError)) return error;
  return invalidArgument(`failed to ${error.when} template: ${error.message}`, { cause: error });
}

/** The text of a template for one document. Docker ends with 64 when it can't be read. */
export function formatDocument(
  format: string,
  name: string,
  data: Value,
  session: Pick<CliSession, 'request'>,
): string {
  try {
    const template = new Template(format === 'json' ? '{{json .}}' : format, name);
    return template.execute(data, { clean: cleanerFor(session) });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw error.when === 'parse' ? documentError(error) : invalidArgument(error.message, { cause: error });
  }
}

/** As `inspect` says it. */
export function documentError(error: TemplateError): EngineError {
  const detail = error.when === 'parse' ? { exitCode: 64 } : {};
  return invalidArgument(`template parsing error: ${error.message}`, { detail, cause: error });
}
