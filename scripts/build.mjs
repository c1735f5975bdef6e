// Builds everything into dist/: bundles, native programs, the starter image. Each step does nothing when it is current.
import { spawnSync } from 'node:child_process';
import { copyFileSync, lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureNodeModules, ensurePackages, fail, modernNode, PACKAGES, ROOT } from './setup.mjs';

const DIST = join(ROOT, 'dist');

/** Builds the whole product. Needs the `build` packages and node_modules (see {@link prepare}). */
export async function build() {
  mkdirSync(join(DIST, 'bin'), { recursive: true });
  buildNative();
  linkNode();
  copyFileSync(join(ROOT, 'native', 'seccomp', 'default.json'), join(DIST, 'seccomp.json'));
  await Promise.all([bundle(), buildStarter()]);
}

/** Installs what a build needs, then builds. */
export async function prepare() {
  ensurePackages(PACKAGES.build);
  ensureNodeModules();
  await build();
}

function buildNative() {
  const { status } = spawnSync('make', ['-s', '-C', join(ROOT, 'native'), '-j2'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) fail('Compiling native/ failed.', 'The compiler’s message stands above.');
}

/** dist/bin/node: which Node the thin client starts the server with. A link, so a moved checkout is noticed and mended. */
function linkNode() {
  const link = join(DIST, 'bin', 'node');
  const node = modernNode();
  const target = node.startsWith(ROOT) ? relative(dirname(link), node) : node;
  const present = lstatSync(link, { throwIfNoEntry: false });
  if (present?.isSymbolicLink() && readlinkSync(link) === target) return;
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

/** The language client is nine tenths of the extension: a file of its own, loaded with the first connection. */
const connectApart = {
  name: 'connect-apart',
  setup: (esbuild) => {
    esbuild.onResolve({ filter: /\/server\/connect\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './connect.cjs', external: true } : undefined,
    );
  },
};

async function bundle() {
  const { build: esbuild } = await import('esbuild');
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node22',
    minify: true,
    sourcemap: false,
    logLevel: 'warning',
    legalComments: 'linked',
    absWorkingDir: ROOT,
  };
  const extension = { ...common, format: 'cjs', external: ['vscode'] };
  await Promise.all([
    esbuild({
      ...extension,
      entryPoints: ['extension/main.ts'],
      outfile: 'dist/extension.cjs',
      plugins: [connectApart],
    }),
    esbuild({ ...extension, entryPoints: ['extension/server/connect.ts'], outfile: 'dist/connect.cjs' }),
    // Split, so that what a request does not need (the registry client above all) is not loaded at start.
    esbuild({
      ...common,
      entryPoints: { main: 'runtime-server/src/main.ts' },
      outdir: 'dist/server.new',
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      splitting: true,
      chunkNames: 'chunk-[hash]',
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    }),
  ]);
  // Whole and without the chunks of former builds, whose names are their contents' hashes.
  rmSync(join(DIST, 'server'), { recursive: true, force: true });
  renameSync(join(DIST, 'server.new'), join(DIST, 'server'));
}

async function buildStarter() {
  const { buildStarterImage } = await import('./starter.mjs');
  await buildStarterImage(join(DIST, 'starter'));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await prepare();
