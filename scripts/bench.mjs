// `npm run bench`: builds, then runs test/bench with the peers that this machine has. Installs nothing.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare } from './build.mjs';
import { modernNode, ROOT } from './setup.mjs';

await prepare();
const { status } = spawnSync(modernNode(), [join(ROOT, 'test', 'bench', 'bench.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
