// Packs dist/ and media/ into dist/slipway-VERSION.vsix, offline. Expects a finished build. Plain JavaScript.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from './setup.mjs';

const execute = promisify(execFile);

/** What must be in dist/ for a package that works. */
const NEEDED = [
  'extension.cjs',
  'server/main.mjs',
  'bin/slipway',
  'bin/slipway-runtime',
  'bin/slipway-layer',
  'bin/slipway-init',
  'starter',
];

/**
 * Makes the package for this machine's architecture.
 * @returns {Promise<string>} the path of the VSIX.
 */
export async function packageVsix() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  await Promise.all(
    NEEDED.map((name) =>
      stat(join(ROOT, 'dist', name)).catch(() => {
        throw new Error(`package extension: dist/${name} is not there; run \`npm run build\` first`);
      }),
    ),
  );
  const vsix = join(ROOT, 'dist', `slipway-${version}.vsix`);
  await mkdir(join(ROOT, 'build'), { recursive: true });
  const work = await mkdtemp(join(ROOT, 'build', 'package-'));
  try {
    await copyInto(join(work, 'files'));
    await runVsce(join(work, 'files'), join(work, 'slipway.vsix'));
    await rename(join(work, 'slipway.vsix'), vsix);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return vsix;
}

async function runVsce(folder, vsix) {
  const program = join(ROOT, 'node_modules', '@vscode', 'vsce', 'vsce');
  // --no-rewrite-relative-links: the README's picture comes with the package, there is no public repository to point to.
  const flags = ['--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository', '--skip-license'];
  const target = `linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`;
  try {
    await execute(process.execPath, [program, 'package', ...flags, '--target', target, '--out', vsix], { cwd: folder });
  } catch (error) {
    throw new Error(`package extension: ${error.stderr || error.message}`, { cause: error });
  }
}

/** What may go into the package, away from node_modules and .vscode-test, whose files vsce would list one by one. */
async function copyInto(stage) {
  const names = (await readdir(ROOT)).filter((name) =>
    /^(package(\.nls.*)?\.json|\.vscodeignore|[A-Z]+(\.md)?|media|dist)$/.test(name),
  );
  const filter = (path) => !/\.vsix$|\/bin\/node$/.test(path);
  await Promise.all(names.map((name) => cp(join(ROOT, name), join(stage, name), { recursive: true, filter })));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await packageVsix());
}
