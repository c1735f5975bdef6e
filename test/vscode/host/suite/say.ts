// Prints lines marked as this suite's own, so that code-shim.mjs can drop what VS Code itself says.

import { format } from 'node:util';

const mark = process.env['SLIPWAY_TEST_MARK'] === '1' ? '##suite ' : '';

export function say(...values: unknown[]): void {
  for (const line of format(...values).split('\n')) console.log(mark + line);
}
