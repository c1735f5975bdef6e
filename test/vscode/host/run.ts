// Runs the suites of test/vscode/host/suite in an extension host: of desktop VS Code where VSCODE_EXECUTABLE names one, else of
// the VS Code server. Prints which, and mocha's counts; the exit status is the suites'. Expects a finished build.

import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { setupVscodeServer } from '../../../scripts/setup-vscode.mjs';
import { buildImage, busyboxLayer, pushImage } from '../../support/images.ts';
import { startRegistry } from '../../support/registry.ts';
import { createWorld } from '../../support/world.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const BUNDLES = join(ROOT, 'build/vscode-host');

process.exitCode = await main();

async function main(): Promise<number> {
  await bundleSuites();
  const world = createWorld(process.getuid?.() === 0 ? 'root' : 'ordinary');
  const registry = await startRegistry();
  await pushImage(registry.host, 'busybox', 'latest', buildImage([await busyboxLayer()]));
  const workspace = mkdtempSync(join(tmpdir(), 'slipway-workspace-'));
  try {
    return await runTests({
      vscodeExecutablePath:
        process.env['VSCODE_EXECUTABLE'] ?? resolve(import.meta.dirname, '../support/code-shim.mjs'),
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: join(BUNDLES, 'index.cjs'),
      launchArgs: [workspace],
      extensionTestsEnv: {
        ...(await hostEnvironment()),
        ...world.env,
        PATH: process.env['PATH'],
        SLIPWAY_TEST_REFERENCE: `${registry.host}/busybox:latest`,
      },
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await world.dispose();
    await registry.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** The extension host loads CommonJS; `vscode` is its own module, mocha is loaded from node_modules. */
async function bundleSuites(): Promise<void> {
  rmSync(BUNDLES, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: globSync('test/vscode/host/suite/*.ts', { cwd: ROOT }),
    outdir: BUNDLES,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}

async function hostEnvironment(): Promise<Record<string, string>> {
  const desktop = process.env['VSCODE_EXECUTABLE'];
  if (desktop !== undefined) {
    console.log(`extension host: desktop VS Code, ${desktop}`);
    return {};
  }
  const { serverDir, node } = await setupVscodeServer({ root: ROOT, log: console.log });
  console.log('extension host: VS Code server');
  // VSCODE_* reaches the shim only: VS Code keeps it from the extension host.
  return { VSCODE_SERVER_DIR: serverDir, VSCODE_SERVER_NODE: node, SLIPWAY_TEST_MARK: '1' };
}
