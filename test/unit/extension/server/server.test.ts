import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { clientEnvironment, runDirectory, serverSocket } from '../../../../extension/server/paths.ts';
import { startServer, stopServer, type Program } from '../../../../extension/server/program.ts';

describe('paths', () => {
  it('follow the thin client’s rule for the run directory', () => {
    assert.equal(runDirectory({ env: { SLIPWAY_RUN: '/x' }, uid: 0 }), '/x');
    assert.equal(runDirectory({ env: { SLIPWAY_RUN: 'y' }, uid: 1 }), join(process.cwd(), 'y'));
    assert.equal(
      runDirectory({ env: { SLIPWAY_RUN: '', XDG_RUNTIME_DIR: '/run/user/1' }, uid: 1 }),
      '/run/user/1/slipway',
    );
    assert.equal(runDirectory({ env: { XDG_RUNTIME_DIR: '/run/user/0' }, uid: 0 }), '/run/slipway');
    assert.equal(runDirectory({ env: { XDG_RUNTIME_DIR: 'relative' }, uid: 7 }), '/tmp/slipway-7');
    assert.equal(serverSocket({ env: {}, uid: 7 }), '/tmp/slipway-7/server.sock');
  });

  it('pass on to terminals what makes them mean the same instance, absolute, and nothing of VS Code', () => {
    const env = { SLIPWAY_DATA: 'data', VSCODE_PID: '1', ELECTRON_RUN_AS_NODE: '1', SLIPWAY_RUN: '' };
    const data = join(process.cwd(), 'data');
    const node = { path: '/node', isElectron: false };
    assert.deepEqual(clientEnvironment(env, node), { SLIPWAY_DATA: data, SLIPWAY_NODE: '/node' });
  });

  it('make Electron’s program run as Node', () => {
    const env = clientEnvironment({}, { path: '/code', isElectron: true });
    assert.deepEqual(env, { ELECTRON_RUN_AS_NODE: '1', SLIPWAY_NODE: '/code' });
  });
});

describe('program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-program-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function program(script: string): Program {
    const path = join(folder, 'client');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return { path, env: process.env };
  }

  it('resolves on exit 0 although a child keeps the output open', async () => {
    const started = performance.now();
    await startServer(program('sleep 5 & exit 0'));
    assert.ok(performance.now() - started < 4_000);
  });

  it('gives the program’s own sentence', async () => {
    const failing = program('printf "slipway: start server: no Node\\n  Install it.\\n" >&2; exit 125');
    const data = { code: 'Internal', message: 'start server: no Node', hint: 'Install it.' };
    await assert.rejects(startServer(failing), { message: 'start server: no Node', data });
  });

  it('says how a silent program ended', async () => {
    await assert.rejects(stopServer(program('exit 3')), { message: 'server stop: ended with 3' });
    await assert.rejects(stopServer(program('kill -9 $$')), { message: 'server stop: ended with SIGKILL' });
  });

  it('says which program is not there', async () => {
    await assert.rejects(startServer({ path: join(folder, 'none'), env: {} }), /server start: .*ENOENT/);
  });

  it('can be given up', async () => {
    const controller = new AbortController();
    const starting = startServer(program('exec sleep 30'), { signal: controller.signal });
    controller.abort();
    await assert.rejects(starting);
  });
});
