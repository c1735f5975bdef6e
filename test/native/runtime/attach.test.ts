// The attach socket: terminal, input, held output, several clients, misbehaving clients.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { FRAME, HELLO_FLAGS } from '../../../runtime-server/protocol/frames.ts';
import { FrameDecoder } from '../../../runtime-server/src/launcher/frame-stream.ts';
import { Attached } from './attached.ts';
import { Sandbox, unavailable } from './support.ts';

const { Output, Stdin, Watch } = HELLO_FLAGS;

/** As many as a run of all tests has time for. */
const STREAM_MIB = Number(process.env['SLIPWAY_TEST_STREAM_MIB'] ?? 48);

describe('attach', { skip: unavailable, timeout: 120_000 }, () => {
  const box = new Sandbox();
  after(() => {
    box.dispose();
  });

  it('is a terminal with the size asked for', async () => {
    const spec = box.spec(['sh'], { terminal: true, consoleSize: { height: 30, width: 90 } });
    const shim = await box.start(spec, { stdin: true, hold: true });
    const client = await shim.attach();
    client.type('tty; stty size; echo rea""dy\n');
    await client.see('ready\r\n');
    assert.match(client.stdout, /\/dev\/pts\/0\r\n30 90\r\n/);
    client.type('exit 7\n');
    assert.equal(await client.exit, 7);
    const end = await shim.finish();
    assert.equal(end.exitCode, 7);
    assert.equal(end.stdout, client.stdout, 'the log has the same bytes');
  });

  it('tells the process that it is resized', async () => {
    const script = 'trap "stty size; exit 9" WINCH; echo up; while :; do sleep 0.02; done';
    const shim = await box.start(box.spec(['sh', '-c', script], { terminal: true }), { stdin: true, hold: true });
    const client = await shim.attach();
    await client.see('up');
    client.resize(51, 132);
    assert.deepEqual([await client.exit, client.stdout], [9, 'up\r\n51 132\r\n']);
  });

  it('takes the size of the first client', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'read line; stty size'], { terminal: true }), {
      stdin: true,
      hold: true,
    });
    const client = await shim.attach(Stdin | Output, 40, 100);
    client.type('\n');
    await client.exit;
    assert.match(client.stdout, /40 100/);
  });

  it('sends Ctrl-C to the foreground job, and the console is the terminal', async () => {
    const shim = await box.start(box.spec(['sh'], { terminal: true }), { stdin: true, hold: true });
    const client = await shim.attach();
    client.type('stty -echo; echo to-console >/dev/console; sh -c "echo begun; exec sleep 1000"\n');
    await client.see('to-console\r\nbegun');
    client.type('\x03');
    client.type('echo "after $?"; exit\n');
    await client.see('after 130');
    assert.equal(await client.exit, 0);
  });

  it('tells version, tty and pid', async () => {
    const shim = await box.start(box.spec(['cat']), { stdin: true });
    const client = new Attached(shim.socket);
    client.send(FRAME.Hello, Buffer.from([1, Output, 0, 0, 0, 0]));
    const answer = await client.hello;
    assert.deepEqual([answer[0], answer[1], answer.readUInt32BE(2)], [1, 0, shim.pid]);
    client.close();
  });

  it('passes input through a pipe until its end', async () => {
    const shim = await box.start(box.spec(['cat']), { stdin: true, hold: true });
    const client = await shim.attach();
    client.type('one\n');
    await client.see('one\n');
    client.type('two');
    client.send(FRAME.Stdin);
    assert.equal(await client.exit, 0);
    assert.equal(client.stdout, 'one\ntwo');
  });

  it('passes much more input than a pipe holds, in order', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'sleep 0.2; md5sum; echo done >&2']), {
      stdin: true,
      hold: true,
    });
    const client = await shim.attach();
    const block = Buffer.alloc(700_000, 'abcdefghij');
    for (let i = 0; i < 4; i++) client.send(FRAME.Stdin, block);
    client.send(FRAME.Stdin);
    assert.equal(await client.exit, 0);
    const { createHash } = await import('node:crypto');
    const hash = createHash('md5');
    for (let i = 0; i < 4; i++) hash.update(block);
    assert.equal(client.stdout, `${hash.digest('hex')}  -\n`);
    assert.equal(client.stderr, 'done\n');
  });

  it('has /dev/null as input without --stdin', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'readlink /proc/self/fd/0; cat; echo end']), { hold: true });
    const client = await shim.attach();
    client.type('ignored');
    assert.equal(await client.exit, 0);
    assert.equal(client.stdout, '/dev/null\nend\n');
  });

  it('survives a process that closes its input', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'exec <&-; echo closed; sleep 0.2; echo end']), {
      stdin: true,
      hold: true,
    });
    const client = await shim.attach();
    await client.see('closed');
    client.send(FRAME.Stdin, Buffer.alloc(200_000, 'x'));
    assert.equal(await client.exit, 0);
    assert.equal(client.stdout, 'closed\nend\n');
  });

  it('holds the output of a process that has ended until a client comes', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'echo early; echo error >&2; exit 4']), { hold: true });
    const watch = await shim.attach(Watch);
    await new Promise((done) => setTimeout(done, 200)); // the process is over by now; the shim must still be there
    assert.ok(existsSync(shim.socket) && !existsSync(shim.exitFile));
    const client = await shim.attach();
    assert.deepEqual([await client.exit, client.stdout, client.stderr], [4, 'early\n', 'error\n']);
    assert.equal(await watch.exit, 4);
    assert.equal((await shim.finish()).stdout, 'early\n');
  });

  it('lets held output go when the Watch connection ends', async () => {
    const shim = await box.start(box.spec(['echo', 'nobody came']), { hold: true });
    const watch = await shim.attach(Watch);
    watch.close();
    assert.equal((await shim.finish()).stdout, 'nobody came\n');
  });

  it('lets held output go when nobody ever watches', async () => {
    const shim = await box.start(box.spec(['echo', 'nobody watched']), { hold: true });
    assert.equal((await shim.finish()).stdout, 'nobody watched\n');
  });

  it('lets held output go on Release', async () => {
    const shim = await box.start(box.spec(['echo', 'released']), { hold: true });
    const watch = await shim.attach(Watch);
    watch.send(FRAME.Release);
    assert.equal(await watch.exit, 0);
    assert.equal((await shim.finish()).stdout, 'released\n');
  });

  it('serves two clients, and one that comes late', async () => {
    const shim = await box.start(box.spec(['cat']), { stdin: true, hold: true });
    const [first, second] = [await shim.attach(), await shim.attach(Output)];
    first.type('for both\n');
    await Promise.all([first.see('for both'), second.see('for both')]);
    second.close();
    const late = await shim.attach();
    late.type('later\n');
    await Promise.all([first.see('later'), late.see('later')]);
    assert.equal(late.stdout, 'later\n');
    late.send(FRAME.Stdin);
    assert.deepEqual(await Promise.all([first.exit, late.exit]), [0, 0]);
  });

  it('sends signals to the process, from a Watch connection too', async () => {
    const shim = await box.start(
      box.spec(['sh', '-c', 'trap "echo got; exit 9" USR1; echo up; while :; do sleep 0.01; done']),
      { hold: true },
    );
    const [client, watch] = [await shim.attach(Output), await shim.attach(Watch)];
    await client.see('up');
    watch.send(FRAME.Signal, Buffer.from([10]));
    assert.deepEqual([await client.exit, client.stdout], [9, 'up\ngot\n']);
    assert.equal(await watch.exit, 9);
  });

  it('makes the output wait for a slow client, and loses nothing', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'head -c 8000000 /dev/zero; echo written >&2']), { hold: true });
    const slow = await shim.attach(Output);
    slow.socket.pause();
    const watch = await shim.attach(Watch);
    await new Promise((done) => setTimeout(done, 300)); // long enough to write 8 MB, were it not made to wait
    assert.ok(!existsSync(shim.exitFile), 'the process waits');
    slow.socket.resume();
    assert.deepEqual([await slow.exit, slow.stdout.length, slow.stderr], [0, 8_000_000, 'written\n']);
    assert.equal(await watch.exit, 0);
  });

  for (const terminal of [false, true]) {
    const title = `leaves a client that never reads behind when another waits, ${terminal ? 'with a terminal' : 'with pipes'}`;
    it(`${title}; ${STREAM_MIB} MiB (SLIPWAY_TEST_STREAM_MIB: how many)`, { timeout: 600_000 }, async () => {
      const script = `read go; head -c ${STREAM_MIB}m /dev/zero; cat`;
      const echo = terminal ? 'go\r\n' : '';
      const shim = await box.start(box.spec(['sh', '-c', script], { terminal }), {
        stdin: true,
        hold: true,
        log: false,
      });
      const stuck = await shim.attach(Output);
      stuck.socket.pause();
      const reader = connect(shim.socket);
      const decoder = new FrameDecoder();
      let seen = 0;
      const all = new Promise<void>((done) => {
        reader.on('data', (chunk) => {
          for (const { type, payload } of decoder.push(chunk)) if (type === FRAME.Stdout) seen += payload.length;
          if (seen === (STREAM_MIB << 20) + echo.length) done();
        });
      });
      reader.write(Buffer.from([FRAME.Hello, 0, 0, 0, 0, 0, 0, 6, 1, Stdin | Output, 0, 0, 0, 0]));
      reader.write(Buffer.from('\0\0\0\0\0\0\0\x03go\n', 'latin1'));
      await all;
      const rss = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${shim.child.pid ?? 0}/status`, 'utf8'))?.[1]);
      // Its own mebibyte, and one for each client at most.
      if (process.env['SLIPWAY_TEST_BIN'] === undefined) assert.ok(rss <= 4096, `${rss} KiB`);
      stuck.socket.resume();
      assert.equal(await stuck.exit, null);
      assert.equal(stuck.error, 'attach: too slow, and others were waiting');
      assert.ok(stuck.stdout.length >= 1 << 20 && stuck.stdout.length < 8 << 20, `${stuck.stdout.length} bytes`);
      assert.equal(stuck.stdout.replaceAll('\0', ''), echo);
      const late = await shim.attach();
      late.type(terminal ? '\x04' : '');
      assert.equal(await late.exit, 0);
    });
  }

  it('a client that was left behind keeps nothing there after the end', async () => {
    const script = 'read go; head -c 8000000 /dev/zero; cat';
    const shim = await box.start(box.spec(['sh', '-c', script]), { stdin: true, hold: true });
    const stuck = await shim.attach(Output);
    stuck.socket.pause();
    const reader = await shim.attach();
    reader.type('go\n');
    reader.send(FRAME.Stdin);
    assert.deepEqual([await reader.exit, reader.stdout.length], [0, 8_000_000]);
    assert.equal(await shim.ended, 0, 'the shim does not wait for it');
    stuck.close();
  });

  it('does not wait for a client that is gone', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'head -c 8000000 /dev/zero; echo written >&2']), { hold: true });
    const slow = await shim.attach(Output);
    slow.socket.pause();
    slow.close();
    assert.equal((await shim.finish()).stderr, 'written\n');
  });

  const strangers: [string, Buffer][] = [
    ['speaks before Hello', Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 65])],
    ['sends no frame', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['claims a huge frame', Buffer.from([0x30, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
    ['speaks another version', Buffer.from([0x30, 0, 0, 0, 0, 0, 0, 6, 9, 2, 0, 0, 0, 0])],
    [
      'sends a frame of the other socket',
      Buffer.from([0x30, 0, 0, 0, 0, 0, 0, 6, 1, 2, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0]),
    ],
  ];
  for (const [what, bytes] of strangers) {
    it(`refuses a client that ${what}`, async () => {
      const shim = await box.start(box.spec(['cat']), { stdin: true });
      const stranger = new Attached(shim.socket);
      stranger.socket.write(bytes);
      assert.equal(await stranger.exit, null);
      assert.match(stranger.error, /^attach: /);
      const client = await shim.attach();
      client.send(FRAME.Stdin);
      assert.equal(await client.exit, 0, 'others are not disturbed');
    });
  }

  it('takes frames cut anywhere', async () => {
    const shim = await box.start(box.spec(['cat']), { stdin: true, hold: true });
    const socket = connect(shim.socket);
    const bytes = Buffer.from([
      0x30, 0, 0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 104, 105, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    for (const byte of bytes)
      await new Promise<void>((done) =>
        socket.write(Buffer.from([byte]), () => {
          setImmediate(done);
        }),
      );
    socket.on('error', () => undefined);
    socket.resume();
    assert.equal((await shim.finish()).stdout, 'hi');
  });

  it('survives many clients that come and go', async () => {
    const shim = await box.start(box.spec(['cat']), { stdin: true });
    for (let i = 0; i < 50; i++) {
      const client = await shim.attach();
      if (i % 2 === 0) client.type(`line ${i}\n`);
      client.close();
    }
    const last = await shim.attach();
    last.send(FRAME.Stdin);
    assert.equal(await last.exit, 0);
    assert.match((await shim.finish()).stdout, /line 48/);
  });
});
