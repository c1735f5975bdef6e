// `npm run test:mutations [PATTERN]`: builds, then takes each defence away in turn (test/mutations). Installs nothing.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare } from './build.mjs';
import { modernNode, ROOT } from './setup.mjs';

await prepare();
const { status } = spawnSync(modernNode(), [join(ROOT, 'test', 'mutations', 'run.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
