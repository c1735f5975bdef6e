// Sockets answer their own user only, even where a directory lets others in (SO_PEERCRED, unix(7)).

import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeWords } from '../../../runtime-server/src/launcher/launcher-process.ts';
import { Sandbox, unavailable, type Shim } from '../runtime/support.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../dist/bin/slipway-runtime');
const skip = process.getuid?.() !== 0 ? 'needs root to be somebody else' : unavailable;

/** Hex of what `path` answers to `bytes` when uid 65534 connects; empty when it hangs up without a word. */
function askAsStranger(path: string, bytes: Buffer): string {
  const program = `
    const socket = require('node:net').connect(process.argv[1]);
    socket.write(Buffer.from(process.argv[2], 'hex'));
    socket.on('connect', () => console.log('connected'));
    socket.on('data', (data) => console.log(data.toString('hex')));
    socket.on('error', (error) => console.log(error.code === 'EPIPE' || error.code === 'ECONNRESET' ? '' : error.code));`;
  const run = spawnSync(process.execPath, ['-e', program, path, bytes.toString('hex')], {
    encoding: 'utf8',
    uid: 65534,
    gid: 65534,
    cwd: '/',
    env: {},
    timeout: 5000, // one that is served is left connected
  });
  return (run.stdout + run.stderr).trim();
}

describe('strangers', { skip, timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'sl-'));
  const launch = join(directory, 'launch.sock');
  const box = new Sandbox();
  let launcher: ChildProcess;
  let shim: Shim;
  before(async () => {
    chmodSync(directory, 0o755);
    launcher = spawn(RUNTIME, ['launcher', '--socket', launch], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((ready) => launcher.stdout?.once('data', ready));
    shim = await box.start(box.spec(['sleep', '1000']));
  });
  after(() => {
    launcher.kill('SIGKILL');
    box.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  it('are kept out by the sockets’ modes', () => {
    assert.equal(askAsStranger(launch, Buffer.from('x')), 'EACCES');
    assert.equal(askAsStranger(shim.socket, Buffer.from('x')), 'EACCES');
  });

  it('are hung up on by launcher and shim', () => {
    chmodSync(launch, 0o666);
    chmodSync(shim.socket, 0o666);
    const words = encodeWords([
      '--bundle',
      directory,
      '--socket',
      join(directory, 's'),
      '--exit',
      join(directory, 'e'),
    ]);
    assert.equal(askAsStranger(launch, words), 'connected');
    assert.ok(!existsSync(join(directory, 's')));
    const hello = Buffer.from([0, 0, 0, 6, 0x10, 1, 1, 0, 0, 0, 0]);
    assert.equal(askAsStranger(shim.socket, hello), 'connected');
  });
});
