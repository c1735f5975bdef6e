// slipway-runtime launcher: one connection, one shim; nonsense and strangers hurt nobody; it ends with its standard input.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeWords } from '../../../runtime-server/src/launcher/launcher-process.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../dist/bin/slipway-runtime');
const directory = mkdtempSync(join(tmpdir(), 'sl-'));
const path = join(directory, 'launch.sock');

/** What the launcher answers to these bytes until it hangs up. */
function ask(bytes: Buffer, end = false): Promise<string> {
  return new Promise((done) => {
    const socket = createConnection(path);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      done(text);
    });
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}

describe('launcher', () => {
  let launcher: ChildProcess;
  before(async () => {
    launcher = spawn(RUNTIME, ['launcher', '--socket', path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((ready) => launcher.stdout?.once('data', ready));
  });
  after(() => {
    launcher.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  it('listens for the user alone', () => {
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('answers with the shim’s line', async () => {
    const line = await ask(
      encodeWords(['--bundle', '/nonexistent', '--socket', join(directory, 's'), '--exit', join(directory, 'e')]),
    );
    const answer = JSON.parse(line) as { status: string; code: number };
    assert.deepEqual([answer.status, answer.code], ['error', 125]);
    assert.ok(!existsSync(join(directory, 's')));
    assert.match(await ask(encodeWords(['--nonsense'])), /"status":"error"/);
  });

  it('survives every request that makes no sense', async () => {
    const huge = Buffer.alloc(4);
    huge.writeUInt32BE(0x7fffffff);
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from([0]),
      Buffer.alloc(4),
      huge,
      Buffer.from([0, 0, 0, 9, 97]),
      Buffer.from([0, 0, 0, 1, 97]),
    ]) {
      assert.equal(await ask(bytes, true), '');
    }
    assert.equal(await ask(encodeWords(Array.from({ length: 100 }, () => 'x'))), '');
    assert.match(await ask(encodeWords(['--nonsense'])), /"status":"error"/);
  });

  it('a request that never comes does not hold up others', async () => {
    const silent = createConnection(path);
    await new Promise((connected) => silent.once('connect', connected));
    assert.match(await ask(encodeWords(['--nonsense'])), /"status":"error"/);
    silent.destroy();
  });

  it('ends with its standard input', async () => {
    const ended = new Promise((done) => launcher.once('exit', done));
    launcher.stdin?.end();
    assert.equal(await ended, 0);
  });
});
