// Marks this suite's own lines for code-shim.mjs, which drops what VS Code itself says. Must be imported before mocha.

import { format } from 'node:util';

const MARK = '##suite ';

if (process.env['SLIPWAY_TEST_MARK'] === '1') {
  const log = console.log.bind(console);
  console.log = (...values: unknown[]) => {
    for (const line of format(...values).split('\n')) log(MARK + line);
  };
}
