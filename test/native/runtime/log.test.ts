// The log file (Docker's json-file lines), the exit file, and what a shim costs and leaves.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { inUserNamespace, runtime, Sandbox, unavailable } from './support.ts';

const RFC3339_NANO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

/** As many as a run of all tests has time for; the whole gibibyte takes half a minute. */
const LOG_MIB = Number(process.env['SLIPWAY_TEST_LOG_MIB'] ?? 64);

function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Resolves when the last lines of a log hold `text`. */
async function logged(log: string, text: string): Promise<void> {
  const fd = openSync(log, 'r');
  const tail = Buffer.alloc(256);
  const there = (): boolean => {
    const from = Math.max(0, fstatSync(fd).size - tail.length);
    return tail.toString('latin1', 0, readSync(fd, tail, 0, tail.length, from)).includes(text);
  };
  await new Promise<void>((done) => {
    const watcher = watch(log, check);
    function check(): void {
      if (!there()) return;
      watcher.close();
      done();
    }
    check();
  });
  closeSync(fd);
}

describe('log and exit file', { skip: unavailable, timeout: 120_000 }, () => {
  const box = new Sandbox();
  after(() => {
    box.dispose();
  });

  it('writes one entry for each line, with stream and time', async () => {
    const shim = await box.start(
      box.spec(['sh', '-c', 'echo one; echo two >&2; printf "a\\"b\\t\\\\\\\\\\001\\033[0m"']),
    );
    await shim.finish();
    const lines = shim.logLines();
    assert.deepEqual(
      lines.filter(({ stream }) => stream === 'stdout').map(({ log }) => log),
      ['one\n', 'a"b\t\\\u0001\u001b[0m'],
    );
    assert.deepEqual(
      lines.filter(({ stream }) => stream === 'stderr').map(({ log }) => log),
      ['two\n'],
    );
    for (const { time } of lines) assert.match(time, RFC3339_NANO);
  });

  it('cuts a long line at 16 KiB, with the line end in the last piece', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'head -c 40000 /dev/zero | tr "\\0" x; echo; echo next']));
    await shim.finish();
    const pieces = shim.logLines().map(({ log }) => log);
    assert.deepEqual(
      pieces.map((piece) => piece.length),
      [16384, 16384, 40000 - 32768 + 1, 5],
    );
    assert.deepEqual(
      pieces.map((piece) => piece.endsWith('\n')),
      [false, false, true, true],
    );
  });

  it('cuts no character in two and keeps a line of exactly 16 KiB whole', async () => {
    writeFileSync(join(box.rootfs, 'text'), `x${'é'.repeat(10000)}\n${'y'.repeat(16384)}\n`);
    const shim = await box.start(box.spec(['cat', '/text']));
    const end = await shim.finish();
    assert.equal(end.stdout, readFileSync(join(box.rootfs, 'text'), 'utf8'));
    assert.ok(!shim.logLines().some(({ log }) => log.includes('\ufffd')));
  });

  it('replaces what is not UTF-8', async () => {
    const shim = await box.start(box.spec(['printf', 'a\\377b\\300\\200c\\n']));
    assert.equal((await shim.finish()).stdout, 'a\ufffdb\ufffd\ufffdc\n');
  });

  it('logs every line of much output', async () => {
    const end = await box.run(box.spec(['seq', '1', '100000']));
    const wanted = `${Array.from({ length: 100000 }, (_, i) => i + 1).join('\n')}\n`;
    assert.ok(end.stdout === wanted);
  });

  const bounded = (name: string): string[] =>
    readFileSync(name, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { log: string }).log.trimEnd());

  it('begins a new file where one would be too large, and keeps the last so many', async () => {
    const size = 20_000;
    const shim = await box.start(box.spec(['seq', '1', '5000']), {
      args: ['--log-size', String(size), '--log-files', '3'],
    });
    await shim.ended;
    const files = [`${shim.log}.2`, `${shim.log}.1`, shim.log];
    for (const file of files) assert.ok(statSync(file).size <= size, file);
    assert.deepEqual(
      readdirSync(dirname(shim.log))
        .filter((name) => name.startsWith('log'))
        .sort(),
      [...['log', 'log.1', 'log.2']],
    );
    const lines = files.flatMap(bounded);
    const wanted = Array.from({ length: lines.length }, (_, index) => String(5000 - lines.length + 1 + index));
    assert.deepEqual(lines, wanted);
    assert.ok(lines.length > 400, `${lines.length} lines`);
  });

  it('keeps an entry that is larger than a file may be, and the bound of a single file', async () => {
    const script = 'head -c 9000 /dev/zero | tr "\\0" x; echo; echo last';
    const shim = await box.start(box.spec(['sh', '-c', script]), { args: ['--log-size', '1000'] });
    await shim.ended;
    assert.deepEqual(bounded(shim.log), ['last']);
    assert.ok(!existsSync(`${shim.log}.1`));
  });

  it('goes on with the same bound after a restart', async () => {
    const spec = box.spec(['sh', '-c', 'echo "$(date +%N)"; cat /dev/null']);
    const first = await box.start(spec, { args: ['--log-size', '150', '--log-files', '9'] });
    await first.ended;
    const [before] = bounded(first.log);
    writeFileSync(join(first.bundle, 'config.json'), JSON.stringify(box.spec(['echo', 'x'.repeat(80)])));
    const all = ['--bundle', first.bundle, '--socket', first.socket, '--exit', first.exitFile, '--log', first.log];
    rmSync(first.exitFile);
    spawnSync(runtime, ['shim', ...all, '--log-size', '150', '--log-files', '9']);
    while (!existsSync(first.exitFile)) await new Promise(setImmediate);
    assert.deepEqual([bounded(`${first.log}.1`), bounded(first.log)], [[before], ['x'.repeat(80)]]);
  });

  it('keeps the bound by losing lines where there can be no new file', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'cat; seq 1 2000; exit 3']), {
      stdin: true,
      args: ['--log-size', '5000', '--log-files', '2'],
    });
    // What stands in the way of the new file.
    mkdirSync(`${shim.log}.new`);
    const client = await shim.attach();
    client.send(0);
    assert.equal(await client.exit, 3);
    assert.equal(client.stdout.split('\n').length, 2001);
    assert.ok(statSync(shim.log).size <= 5000);
    assert.deepEqual(bounded(shim.log).slice(0, 3), ['1', '2', '3']);
  });

  it('loses log lines, not the container, when the disk is full', async () => {
    // /dev/full is what a full disk says; a link to it is refused, so the shim is given a bind of it by a mount namespace.
    const spec = box.spec(['sh', '-c', 'echo 1; echo 2; exit 6']);
    const dir = join(box.dir, 'full');
    mkdirSync(dir);
    writeFileSync(join(dir, 'config.json'), JSON.stringify(spec));
    writeFileSync(join(dir, 'log'), '');
    const command =
      'mount --bind /dev/full "$1/log" && exec "$2" shim --bundle "$1" --socket "$1/s" --exit "$1/exit.json" --log "$1/log"';
    const started = spawnSync('unshare', ['-m', 'sh', '-c', command, 'sh', dir, runtime], { encoding: 'utf8' });
    assert.match(started.stdout, /"started"/);
    while (!existsSync(join(dir, 'exit.json'))) await new Promise(setImmediate);
    assert.match(readFileSync(join(dir, 'exit.json'), 'utf8'), /"exitCode":6/);
  });

  it('writes the exit file whole, with times', async () => {
    const shim = await box.start(box.spec(['sh', '-c', 'exit 42']));
    await shim.finish();
    const exit = JSON.parse(readFileSync(shim.exitFile, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(Object.keys(exit), ['exitCode', 'signal', 'oomKilled', 'startedAt', 'finishedAt']);
    assert.deepEqual([exit['exitCode'], exit['signal'], exit['oomKilled']], [42, null, false]);
    assert.match(String(exit['startedAt']), RFC3339_NANO);
    assert.match(String(exit['finishedAt']), RFC3339_NANO);
    assert.deepEqual(readdirSync(dirname(shim.exitFile)).sort(), ['config.json', 'exit.json', 'log']);
  });

  it('replaces a socket that a killed shim has left', async () => {
    const spec = box.spec(['sleep', '1000']);
    const first = await box.start(spec);
    first.kill();
    await first.ended;
    assert.ok(existsSync(first.socket));
    const args = ['shim', '--bundle', first.bundle, '--socket', first.socket, '--exit', first.exitFile];
    writeFileSync(join(first.bundle, 'config.json'), JSON.stringify(box.spec(['true'])));
    assert.match(spawnSync(runtime, args, { encoding: 'utf8' }).stdout, /"started"/);
    while (existsSync(first.socket)) await new Promise(setImmediate);
  });

  it('takes a socket path longer than an address', async () => {
    const dir = join(box.dir, 'long'.repeat(40));
    mkdirSync(dir);
    writeFileSync(join(dir, 'config.json'), JSON.stringify(box.spec(['true'])));
    const run = spawnSync(
      runtime,
      ['shim', '--bundle', dir, '--socket', join(dir, 'attach.sock'), '--exit', join(dir, 'exit.json')],
      { encoding: 'utf8' },
    );
    assert.match(run.stdout, /"started"/);
    while (!existsSync(join(dir, 'exit.json'))) await new Promise(setImmediate);
  });

  it(
    'closes what it inherits and keeps 1 MiB at most',
    { skip: process.env['SLIPWAY_TEST_BIN'] !== undefined && 'a build with sanitizers' },
    async () => {
      const shim = await box.start(box.spec(['cat']), { stdin: true });
      const client = await shim.attach();
      client.type('hello\n');
      await client.see('hello');
      const rss = residentKib(shim.child.pid ?? 0);
      assert.ok(rss <= 1024, `${rss} KiB`);
      // Root may look into a process that is closed to others; in a user namespace nobody may.
      if (!inUserNamespace) assert.ok(readdirSync(`/proc/${shim.child.pid ?? 0}/fd`).length <= 12);
      client.send(0);
      await client.exit;
    },
  );

  it(
    `keeps 1 MiB at most after ${LOG_MIB} MiB of log (SLIPWAY_TEST_LOG_MIB: how many)`,
    { skip: process.env['SLIPWAY_TEST_BIN'] !== undefined && 'a build with sanitizers', timeout: 600_000 },
    async () => {
      writeFileSync(join(box.rootfs, 'mebibyte'), `${'x'.repeat(1023)}\n`.repeat(1024));
      const script = `i=0; while [ $i -lt ${LOG_MIB} ]; do cat /mebibyte; i=$((i+1)); done; echo the end; cat`;
      const shim = await box.start(box.spec(['sh', '-c', script]), { stdin: true });
      await logged(shim.log, 'the end');
      const { size } = statSync(shim.log);
      assert.ok(size > LOG_MIB << 20, `${size} bytes`);
      const rss = residentKib(shim.child.pid ?? 0);
      rmSync(shim.log);
      assert.ok(rss <= 1024, `${rss} KiB`);
      const client = await shim.attach();
      client.send(0);
      await client.exit;
    },
  );

  it('gives a clear error for a bad command line, bundle or config', () => {
    const dir = join(box.dir, 'bad');
    mkdirSync(dir);
    const run = (args: string[]): Record<string, unknown> =>
      JSON.parse(spawnSync(runtime, ['shim', ...args], { encoding: 'utf8' }).stdout) as Record<string, unknown>;
    const all = ['--bundle', dir, '--socket', join(dir, 's'), '--exit', join(dir, 'e')];
    assert.deepEqual(run([]), {
      status: 'error',
      code: 125,
      step: 'usage',
      path: '--bundle',
      errno: 22,
      message: 'is required',
    });
    for (const words of [
      ['--log-size', '0'],
      ['--log-size', '-5'],
      ['--log-files', '101'],
      ['--log-files', 'x'],
    ])
      assert.match(String(run([...all, ...words])['message']), /number that makes sense/);
    assert.deepEqual(run(['--what']), {
      status: 'error',
      code: 125,
      step: 'usage',
      path: '--what',
      errno: 22,
      message: 'no such option',
    });
    assert.equal(run(all)['errno'], 2);
    writeFileSync(join(dir, 'config.json'), '{"process": {');
    assert.match(String(run(all)['message']), /^not JSON/);
    const spec = box.spec(['true']);
    writeFileSync(
      join(dir, 'config.json'),
      JSON.stringify({ ...spec, process: { ...spec.process, args: ['a', 'b', 3] } }),
    );
    assert.deepEqual([run(all)['path'], run(all)['message']], ['process.args[2]', 'must be a string']);
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ ...spec, root: { path: join(dir, 'nö"\n') } }));
    assert.equal(run(all)['path'], join(dir, 'nö"\n'));
    assert.deepEqual(readdirSync(dir), ['config.json']);
    assert.ok(statSync(dir).isDirectory());
  });
});
