// Bytes to JSON and back. Knows no shape: that is validate.ts.

import { invalidArgument } from './errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Parses UTF-8 JSON; `what` (`manifest`, `/etc/x.json`) begins the error's text. */
export function parseJson(bytes: Uint8Array | string, what: string): unknown {
  try {
    return JSON.parse(typeof bytes === 'string' ? bytes : decoder.decode(bytes)) as unknown;
  } catch (error) {
    throw invalidArgument(`${what}: not valid JSON${where(error)}`, { cause: error });
  }
}

/** JSON with a newline at the end, indented for people. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

// V8's text quotes the input, which may be large or hostile: only the position is taken from it.
function where(error: unknown): string {
  const found =
    error instanceof SyntaxError ? / at position \d+(?: \(line \d+ column \d+\))?/.exec(error.message) : null;
  return found === null ? '' : found[0];
}
