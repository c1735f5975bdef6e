// Packs dist/ and media/ into dist/slipway-VERSION.vsix, offline. Expects a finished build. Plain JavaScript.
import { readFileSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup.mjs';

/** What must be in dist/ for a package that works. */
const NEEDED = [
  'extension.cjs',
  'server/main.mjs',
  'bin/slipway',
  'bin/slipway-runtime',
  'bin/slipway-layer',
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
  const { createVSIX } = await import('@vscode/vsce');
  const vsix = join(ROOT, 'dist', `slipway-${version}.vsix`);
  const partial = `${vsix}.${process.pid}.tmp`;
  try {
    await createVSIX({
      cwd: ROOT,
      packagePath: partial,
      target: `linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`,
      dependencies: false,
      allowMissingRepository: true,
      skipLicense: true,
      // The README's picture comes with the package: there is no public repository to point to.
      rewriteRelativeLinks: false,
    });
    await rename(partial, vsix);
  } finally {
    await rm(partial, { force: true });
  }
  return vsix;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await packageVsix());
}
