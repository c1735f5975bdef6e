// The thin client's talk with the server and the relay to a shim, without a terminal.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { FRAME, HELLO_FLAGS } from '../../../runtime-server/protocol/frames.ts';
import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../../../runtime-server/protocol/version.ts';
import { FakeShim } from './fake-shim.ts';
import { exitFrame, frame } from './frames.ts';
import { collect, Place, until } from './harness.ts';

describe('thin client: the server’s frames', { timeout: 60_000 }, () => {
  let place: Place;
  before(() => {
    place = new Place();
  });
  after(() => place.remove());

  it('sends the command as it was typed', async () => {
    const result = await place.slipway(['echo', '', 'a b', '"\\\n\t\u0001', 'é😀', '-e', '--']);
    assert.deepEqual(JSON.parse(result.stdout), {
      protocolVersion: PROTOCOL_VERSION,
      productVersion: PRODUCT_VERSION,
      argv: ['echo', '', 'a b', '"\\\n\t\u0001', 'é😀', '-e', '--'],
      cwd: process.cwd(),
      tty: { stdin: false, stdout: false, stderr: false },
      rows: 0,
      columns: 0,
    });
  });

  it('replaces what is not UTF-8', async () => {
    const result = await collect(place.shell(`exec "$S" echo "$(printf 'a\\377\\300\\257b')"`));
    assert.equal((JSON.parse(result.stdout) as { argv: string[] }).argv[1], 'a\ufffd\ufffd\ufffdb');
  });

  it('refuses arguments longer than a frame', async () => {
    const args = Array.from({ length: 11 }, () => 'x'.repeat(100_000));
    const result = await place.slipway(['echo', ...args]);
    assert.equal(result.code, 125);
    assert.match(
      result.stderr,
      /^slipway: talk to the server: send the command: the arguments are longer than 1 MiB\n$/,
    );
  });

  it('exits with the code of the Exit frame', async () => {
    for (const code of [0, 1, 125, 126, 127, 255]) assert.equal((await place.slipway(['exit', `${code}`])).code, code);
  });

  it('writes both streams whole, to pipes and files', async () => {
    const piped = await collect(
      place.shell(`"$S" out 3000000 2>&1 >/dev/null | wc -c; "$S" out 3000000 2>/dev/null | wc -c`),
    );
    assert.deepEqual(piped.stdout.trim().split(/\s+/), ['60', '3000000']);
    const result = await place.slipway(['out', '3000000']);
    assert.equal(result.stdout.length, 3_000_000);
    assert.equal(result.stderr.length, 60);
  });

  it('ends quietly when nobody reads its output', async () => {
    const result = await collect(place.shell('{ "$S" out 3000000; echo "code $?" >&2; } 2>&1 >&3 3>&- | cat; ', {}));
    assert.doesNotMatch(result.stdout, /slipway:/);
    const closed = await collect(
      place.shell('{ "$S" out 30000000 2>/dev/null; echo "code $?" >&2; } | head -c 5 >/dev/null'),
    );
    assert.equal(closed.stderr, 'code 141\n');
  });

  it('answers for its environment', async () => {
    const result = await place.slipway(['env', 'ONE', 'NONE', 'QUOTED'], { ONE: '1', QUOTED: '"\n' });
    assert.deepEqual(JSON.parse(result.stdout), { ONE: '1', NONE: null, QUOTED: '"\n' });
  });

  it('passes on the first signal and ends at the second', async () => {
    const polite = place.spawn(['wait']);
    await until(polite, 'waiting');
    polite.kill('SIGTERM');
    assert.deepEqual(await collect(polite), { code: 130, signal: null, stdout: 'signal 15', stderr: '' });
    const stubborn = place.spawn(['stubborn']);
    await until(stubborn, 'waiting');
    stubborn.kill('SIGINT');
    await until(stubborn, 'no');
    stubborn.kill('SIGINT');
    assert.equal((await collect(stubborn)).code, 130);
  });

  it('says so when the server speaks something else', async () => {
    const result = await place.slipway(['garbage']);
    assert.equal(result.code, 125);
    assert.match(result.stderr, /^slipway: talk to the server: .*not understood\n.*server stop/);
  });

  it('says so when the server dies before the answer', async () => {
    const result = await place.slipway(['die']);
    assert.equal(result.code, 125);
    assert.match(result.stderr, /^slipway: talk to the server: .*the server ended before the command did\n/);
  });
});

describe('thin client: the relay', { timeout: 60_000 }, () => {
  let place: Place;
  let count = 0;
  const shims: FakeShim[] = [];
  before(() => {
    place = new Place();
  });
  after(async () => {
    for (const shim of shims) shim.close();
    await place.remove();
  });

  const listen = async (name = `shim${(count += 1)}`): Promise<{ shim: FakeShim; path: string }> => {
    const path = join(place.directory, name);
    const shim = await FakeShim.listen(path);
    shims.push(shim);
    return { shim, path };
  };
  const attach = (path: string, more: object = {}): string =>
    JSON.stringify({ path, stdin: true, tty: false, signalProxy: true, ...more });

  it('carries input, output and the exit code', async () => {
    const { shim, path } = await listen();
    const child = place.spawn(['attach', attach(path)]);
    const result = collect(child);
    const { payload, socket } = await shim.next(FRAME.Hello);
    assert.deepEqual([...payload], [1, HELLO_FLAGS.Stdin | HELLO_FLAGS.Output, 0, 0, 0, 0]);
    const text = 'y'.repeat(500_000);
    child.stdin?.end(text);
    assert.equal(await shim.input(), text);
    socket.write(frame(FRAME.Stdout, 'out'));
    socket.write(frame(FRAME.Stderr, 'err'));
    socket.end(exitFrame(9));
    assert.deepEqual(await result, { code: 9, signal: null, stdout: 'out', stderr: 'err{"how":"exit","code":9}' });
  });

  it('reads no input that was not asked for', async () => {
    const { shim, path } = await listen();
    const child = place.spawn(['attach', attach(path, { stdin: false })]);
    const { payload, socket } = await shim.next(FRAME.Hello);
    assert.equal(payload[1], HELLO_FLAGS.Output);
    socket.end(exitFrame(0));
    assert.equal((await collect(child)).code, 0);
  });

  it('delivers a large output to a slow reader', async () => {
    const { shim, path } = await listen();
    const child = place.shell(`"$S" attach '${attach(path)}' | { sleep 0.3; wc -c; }`);
    const { socket } = await shim.next(FRAME.Hello);
    for (let i = 0; i < 40; i += 1) socket.write(frame(FRAME.Stdout, Buffer.alloc(100_000, 'z')));
    socket.end(exitFrame(0));
    assert.equal((await collect(child)).stdout.trim(), '4000000');
  });

  it('passes signals on, past input that nobody reads', async () => {
    const { shim, path } = await listen();
    const child = place.spawn(['attach', attach(path)]);
    const { socket } = await shim.next(FRAME.Hello);
    socket.pause();
    child.stdin?.write('x'.repeat(2_000_000));
    child.stdin?.on('error', () => undefined);
    for (const [name, wanted] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
      ['SIGHUP', 1],
      ['SIGQUIT', 3],
      ['SIGUSR1', 10],
      ['SIGUSR2', 12],
    ] as const) {
      child.kill(name);
      assert.equal((await shim.next(FRAME.Signal)).payload[0], wanted);
    }
    socket.end(exitFrame(143));
    assert.equal((await collect(child)).code, 143);
  });

  it('ends by a signal that is not the container’s', async () => {
    const { shim, path } = await listen();
    const child = place.spawn(['attach', attach(path, { signalProxy: false })]);
    await shim.next(FRAME.Hello);
    child.kill('SIGTERM');
    assert.equal((await collect(child)).code, 143);
  });

  it('leaves alone the signals it was told to ignore', async () => {
    const { shim, path } = await listen();
    const child = place.shell(`trap '' HUP; exec "$S" attach '${attach(path, { signalProxy: false })}'`);
    const { socket } = await shim.next(FRAME.Hello);
    child.kill('SIGHUP');
    socket.end(exitFrame(4));
    assert.equal((await collect(child)).code, 4);
  });

  it('reaches a socket whose path is longer than an address', async () => {
    const deep = join(place.directory, 'd'.repeat(120));
    mkdirSync(deep);
    const back = process.cwd();
    process.chdir(deep);
    const shim = await FakeShim.listen('s.sock');
    process.chdir(back);
    shims.push(shim);
    const child = place.spawn(['attach', attach(join(deep, 's.sock'))]);
    const { socket } = await shim.next(FRAME.Hello);
    socket.end(exitFrame(3));
    assert.equal((await collect(child)).code, 3);
  });

  it('reports a shim that is not there, refuses, or goes away', async () => {
    const absent = await place.slipway(['attach', attach('/nonexistent/shim')]);
    assert.deepEqual(JSON.parse(absent.stderr), {
      how: 'lost',
      reason: "connect to the container's shim: No such file or directory",
    });

    const refusing = await listen();
    const refused = place.spawn(['attach', attach(refusing.path)]);
    (await refusing.shim.next(FRAME.Hello)).socket.end(frame(FRAME.Error, 'not you'));
    assert.deepEqual(JSON.parse((await collect(refused)).stderr), { how: 'lost', reason: 'not you' });

    const dying = await listen();
    const lost = place.spawn(['attach', attach(dying.path)]);
    (await dying.shim.next(FRAME.Hello)).socket.end(frame(FRAME.Stdout, 'last words'));
    const result = await collect(lost);
    assert.equal(result.stdout, 'last words');
    assert.deepEqual(JSON.parse(result.stderr), {
      how: 'lost',
      reason: "the container's shim ended without saying how",
    });
  });

  it('exits with the container’s code when the server died meanwhile', async () => {
    const { shim, path } = await listen();
    const child = place.spawn(['attachAndDie', attach(path)]);
    const { socket } = await shim.next(FRAME.Hello);
    const pid = place.serverPid();
    assert.ok(pid !== undefined);
    socket.end(exitFrame(42));
    assert.equal((await collect(child)).code, 42);
  });

  it('says what was lost when server and shim are both gone', async () => {
    const child = place.spawn(['attachAndDie', attach('/nonexistent/shim')]);
    const result = await collect(child);
    assert.equal(result.code, 125);
    assert.match(result.stderr, /^slipway: talk to the server: attach: connect to the container's shim: No such file/);
  });
});
