// How a file of crun's own test suite is read: its table of tests, and its answer. Knows nothing of how it is run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Outcome = 'passes' | 'fails' | 'skips' | 'waits';

/** Lines of TAP: `ok 1 - name`, `not ok 2 - name`, `ok 3 - name #SKIP`. A test may print lines of its own between. */
export function outcomes(tap: string): Map<string, Outcome> {
  const lines = [...tap.matchAll(/^(not ok|ok) \d+ - (\S+)( #SKIP)?\r?$/gm)];
  return new Map(
    lines.map(([, word, name = '', skip]) => [name, skip !== undefined ? 'skips' : word === 'ok' ? 'passes' : 'fails']),
  );
}

/** The names in a file's table of tests; `directory` is the suite's. */
export function namesIn(directory: string, file: string): string[] {
  const text = readFileSync(join(directory, 'tests', file), 'utf8');
  return [...text.matchAll(/^ +"([^"]+)" *: *test_/gm)].map(([, name = '']) => name);
}
