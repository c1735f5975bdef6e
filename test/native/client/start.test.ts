// Starting the server: found, started once, refused, and what is said when it fails. As whoever runs the tests.

import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';

import { collect, Place, until } from './harness.ts';

const isRoot = process.getuid?.() === 0;

interface Started {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly mounts: string;
  readonly pid: number;
}

const optionOf = (started: Started, name: string): string | undefined => started.argv[started.argv.indexOf(name) + 1];

describe('thin client: a server that starts', { timeout: 60_000 }, () => {
  let place: Place;
  let started: Started;
  before(async () => {
    place = new Place();
    const result = await place.slipway(['started'], { VSCODE_IPC: 'x', ELECTRON_RUN_AS_NODE: '1', KEPT: 'yes' });
    assert.equal(result.code, 0, result.stderr);
    started = JSON.parse(result.stdout) as Started;
  });
  after(() => place.remove());

  it('gets the contract’s options', () => {
    assert.equal(optionOf(started, '--run'), place.run);
    assert.equal(optionOf(started, '--data'), place.data);
    assert.match(optionOf(started, '--client') ?? '', /\/slipway$/);
    if (isRoot) assert.equal(optionOf(started, '--mode'), 'root');
    assert.equal(started.cwd, '/');
  });

  it('gets the person’s environment without VS Code’s', () => {
    assert.equal(started.env['KEPT'], 'yes');
    assert.equal(started.env['ELECTRON_RUN_AS_NODE'], '1');
    assert.equal(started.env['VSCODE_IPC'], undefined);
  });

  it('inherits its two descriptors and no other', () => {
    const lock = readFileSync(`/proc/${started.pid}/fdinfo/4`, 'utf8');
    assert.match(lock, /lock:.*FLOCK\s+ADVISORY\s+WRITE/);
    const links = readdirSync(`/proc/${started.pid}/fd`).map((fd) => readlinkSync(`/proc/${started.pid}/fd/${fd}`));
    assert.ok(!links.some((link) => link.includes('start.lock')));
    assert.equal(links.filter((link) => link.endsWith('server.log')).length, 2);
  });

  it('sees its programs read-only, and nobody else does', { skip: isRoot ? false : 'needs a mount namespace' }, () => {
    const mount = started.mounts.split('\n').find((line) => line.includes(` ${place.run}/bin `));
    assert.match(mount ?? '', / ro[, ]/);
    assert.equal(optionOf(started, '--bin'), join(place.run, 'bin'));
    assert.ok(!existsSync(join(place.run, 'bin/slipway')));
  });

  it('has closed directories', () => {
    for (const directory of [place.run, place.data]) assert.equal(statSync(directory).mode & 0o777, 0o700);
  });

  it('is started by one of many clients', async () => {
    await place.slipway(['server', 'stop']);
    const results = await Promise.all(Array.from({ length: 12 }, () => place.slipway(['started'])));
    const pids = new Set(results.map((result) => (JSON.parse(result.stdout) as Started).pid));
    assert.equal(pids.size, 1);
  });

  it('is started again when it was killed', async () => {
    const pid = place.serverPid();
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    const result = await place.slipway(['started']);
    assert.equal(result.code, 0, result.stderr);
    assert.notEqual((JSON.parse(result.stdout) as Started).pid, pid);
  });

  it('is not started by `server stop`', async () => {
    await place.slipway(['server', 'stop']);
    const again = await place.slipway(['server', 'stop']);
    assert.deepEqual(again, { code: 0, signal: null, stdout: '', stderr: '' });
    assert.equal((await place.slipway(['server', 'stop'])).code, 0);
    assert.ok(!existsSync(`/proc/${place.serverPid()}/fd/4`));
  });
});

describe('thin client: a server that does not start', { timeout: 60_000 }, () => {
  let place: Place;
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.remove());

  it('`server stop` with nothing there at all', async () => {
    assert.deepEqual(await place.slipway(['server', 'stop']), { code: 0, signal: null, stdout: '', stderr: '' });
    assert.ok(!existsSync(place.run));
  });

  it('passes on what the server says', async () => {
    const result = await place.slipway(['echo'], { FAKE_SERVER: 'error' });
    assert.deepEqual([result.code, result.stderr], [125, 'slipway: open data directory: no space left\n']);
  });

  it('shows the end of the log when it falls over', async () => {
    const result = await place.slipway(['echo'], { FAKE_SERVER: 'crash' });
    assert.equal(result.code, 125);
    assert.match(result.stderr, /^slipway: start server: it ended with code 1 before it was ready\n/);
    assert.match(result.stderr, /the fake server fell over/);
  });

  it('says when Node or the server are missing', async () => {
    const node = await place.slipway(['echo'], { SLIPWAY_NODE: '/nonexistent/node' });
    assert.match(node.stderr, /^slipway: start server: find Node at \/nonexistent\/node: No such file or directory\n./);
    const server = await place.slipway(['echo'], { SLIPWAY_SERVER: '/nonexistent/main.mjs' });
    assert.match(server.stderr, /^slipway: start server: find the server at \/nonexistent\/main.mjs: No such file/);
    const plain = await place.slipway(['echo'], { SLIPWAY_NODE: '/etc/passwd' });
    assert.match(plain.stderr, /it is not a program/);
  });

  it('refuses a run directory that others may enter, or that is a link', async () => {
    mkdirSync(place.run, { mode: 0o755 });
    chmodSync(place.run, 0o755);
    const open = await place.slipway(['echo']);
    assert.equal(open.code, 125);
    assert.match(
      open.stderr,
      /^slipway: find the server: use .*\/run: other users may enter it \(mode 755\)\nSet SLIPWAY_RUN/,
    );
    rmSync(place.run, { recursive: true });
    mkdirSync(`${place.run}2`, { mode: 0o700 });
    symlinkSync(`${place.run}2`, place.run);
    assert.match((await place.slipway(['echo'])).stderr, /run: it is not a directory/);
  });

  it('refuses directories of somebody else', { skip: isRoot ? false : 'needs root to make them' }, async () => {
    mkdirSync(place.run, { mode: 0o700 });
    chownSync(place.run, 1, 1);
    assert.match((await place.slipway(['echo'])).stderr, /run: it belongs to another user/);
    chownSync(place.run, 0, 0);
    mkdirSync(place.data, { mode: 0o700 });
    chownSync(place.data, 1, 1);
    assert.match((await place.slipway(['echo'])).stderr, /start server: use .*data: it belongs to another user/);
  });

  it('refuses a socket of somebody else', { skip: isRoot ? false : 'needs root to make one' }, async () => {
    mkdirSync(place.run, { mode: 0o700 });
    chmodSync(place.directory, 0o755);
    chownSync(place.run, 1, 1);
    // The kernel keeps the ids of the moment of listen.
    process.seteuid?.(1);
    const server = createServer().listen(join(place.run, 'cli.sock'));
    process.seteuid?.(0);
    await once(server, 'listening');
    chownSync(place.run, 0, 0);
    const result = await place.slipway(['echo']);
    server.close();
    assert.equal(result.code, 125);
    assert.match(
      result.stderr,
      /^slipway: find the server: connect to .*run: the server there belongs to another user/,
    );
  });

  it('names the process that holds the lock and does not answer', async () => {
    await place.slipway(['server', 'stop']);
    mkdirSync(place.run, { mode: 0o700 });
    const lock = join(place.run, 'lock');
    writeFileSync(lock, '');
    const holder = spawn('flock', [lock, 'sh', '-c', `echo $$ > ${lock}; echo held; exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await until(holder, 'held');
    const pid = readFileSync(lock, 'utf8').trim();
    const result = await place.slipway(['echo']);
    process.kill(Number(pid), 'SIGKILL');
    assert.equal(result.code, 125);
    assert.match(
      result.stderr,
      new RegExp(`the server with process id ${pid} holds it but does not answer\nEnd that process`),
    );
  });

  it('waits for a server that is ending', async () => {
    mkdirSync(place.run, { mode: 0o700 });
    const lock = join(place.run, 'lock');
    const ending = spawn('flock', [lock, 'sh', '-c', 'echo held; exec sleep 0.4'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await until(ending, 'held');
    const result = await place.slipway(['exit', '5']);
    assert.deepEqual([result.code, result.stderr], [5, '']);
  });

  it('goes on starting when the person interrupts the client', async () => {
    const child = place.spawn(['exit', '0']);
    child.kill('SIGINT');
    await collect(child);
    assert.equal((await place.slipway(['exit', '6'])).code, 6);
  });

  it('survives garbage in its own files', async () => {
    mkdirSync(place.run, { mode: 0o700 });
    for (const file of ['lock', 'holder', 'cli.sock'])
      writeFileSync(join(place.run, file), '\u0000999999999999999999999 x\n'.repeat(100));
    const result = await place.slipway(['exit', '8']);
    assert.deepEqual([result.code, result.stderr], [8, '']);
  });
});
