// save, load and import typed as root and as an ordinary user, through pipes and files.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openTerminal, withoutTerminal } from '../../support/terminal.ts';
import { collect, type Result, type World } from '../../support/world.ts';
import { assertResult, forEachPerson } from './people.ts';

/** A line of shell in which `$S` is the program. */
const shell = (world: World, line: string): Promise<Result> =>
  collect(world.start('/bin/sh', ['-c', line], { stdio: 'pipe', env: { S: world.client } }));

const idOf = async (world: World, name: string): Promise<string> =>
  (await world.slipway(['images', '-q', '--no-trunc', name])).stdout.trim();

/** What is being built; the sync in the background has files of its own there. */
const inProgress = (world: World): string[] =>
  readdirSync(join(world.dataDirectory, 'tmp')).filter((name) => !name.endsWith('.done'));

forEachPerson('archives', (world) => {
  it('an image goes through a pipe and comes back as it was', async () => {
    await world().slipway(['tag', 'localhost/starter', 'app:1']);
    const id = await idOf(world(), 'app:1');
    assertResult(await shell(world(), '"$S" save app:1 | gzip > app.tar.gz && "$S" rmi app:1 > /dev/null'), {
      status: 0,
    });
    assertResult(await shell(world(), '"$S" load < app.tar.gz'), {
      status: 0,
      stdout: 'Loaded image: app:1\n',
      stderr: '',
    });
    assert.equal(await idOf(world(), 'app:1'), id);
    assertResult(await world().slipway(['run', '--rm', 'app:1', 'echo', 'hi']), { status: 0, stdout: 'hi\n' });
  });

  it('load and import show what they do on a terminal', { skip: withoutTerminal() }, async () => {
    const { client } = world();
    assertResult(await world().slipway(['save', '-o', 'shown.tar', 'localhost/starter']), { status: 0 });
    const terminal = await openTerminal(world(), `${client} load -i shown.tar && ${client} import shown.tar`);
    const screen = await terminal.waitFor(/\[status 0\]/);
    await terminal.close();
    assert.match(screen, /^archive: Reading \[[=> ]+\] [\d.]+[kM]?B\/[\d.]+MB$/m);
    assert.match(screen, /^[a-f0-9]{12}: (?:Already exists|Loaded)$/m);
    assert.match(screen, /^Loaded image: localhost\/starter:latest$/m);
    assert.match(screen, /^archive: Importing \[[=> ]+\]/m);
    assert.match(screen, /^[a-f0-9]{12}: Imported$/m);
    await world().slipway(['image', 'prune', '-f']);
  });

  it('save -o writes the file whole, for its owner alone, beside where the person is', async () => {
    assertResult(await world().slipway(['save', '-o', 'app.tar', 'app:1']), { status: 0, stdout: '', stderr: '' });
    const file = join(world().home, 'app.tar');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(file).uid, statSync(world().home).uid);
    assertResult(await shell(world(), '"$S" save app:1 | cmp - app.tar'), { status: 0 });
    assertResult(await world().slipway(['load', '-q', '-i', 'app.tar']), {
      status: 0,
      stdout: 'Loaded image: app:1\n',
    });
    const before = readFileSync(file);
    const missing = await world().slipway(['save', '-o', 'app.tar', 'nothing']);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /^slipway: save nothing: no such image/);
    assert.deepEqual(readFileSync(file), before, 'a failure leaves what was there');
    assert.deepEqual(
      readdirSync(world().home).filter((name) => name.endsWith('.tmp')),
      [],
    );
    assert.match((await world().slipway(['save', '-o', 'no/where', 'app:1'])).stderr, /directory .*no does not exist/);
    assert.match((await world().slipway(['save', '-o', '/dev/null', 'app:1'])).stderr, /not a regular file/);
    assert.match((await world().slipway(['load', '-i', '/dev/stdin'])).stderr, /descriptor of another process/);
    assert.match((await world().slipway(['load', '-i', 'nothing.tar'])).stderr, /open .*nothing.tar: no such file/);
  });

  it('a command that fails before it reads or writes leaves the server as it was', async () => {
    const pid = world().serverPid();
    const fails = async (...words: readonly string[]): Promise<void> => {
      assert.notEqual((await world().slipway(words, { input: 'x' })).status, 0, words.join(' '));
      assertResult(await world().slipway(['images', '-q', 'nothing']), { status: 0 });
      assert.equal(world().serverPid(), pid, words.join(' '));
    };
    await fails('save', '-o', 'no/where', 'app:1');
    await fails('save', '-o', '/dev/null', 'app:1');
    await fails('load', '--platform', 'a/b/c/d/e');
    await fails('import', '-', 'Bad Name');
    await fails('import', '-c', 'RUN x', '-');
    await world().slipway(['create', '--name', 'files', 'app:1']);
    await fails('export', '-o', 'no/where', 'files');
    await fails('commit', 'files', 'Bad Name');
    await world().slipway(['rm', 'files']);
  });

  it('load says what is wrong with its input', async () => {
    assertResult(await world().slipway(['load'], { input: 'nonsense'.repeat(1000) }), {
      status: 1,
      stdout: '',
      stderr: 'slipway: load: it is no tar archive, or a damaged one\n',
    });
    assert.deepEqual(inProgress(world()), []);
  });

  it('import makes an image of a folder’s archive, which runs', async () => {
    const line =
      'mkdir -p root/bin && cp /bin/busybox root/bin/sh && tar -C root -cf - . | "$S" import -c "ENV A=1 B=2" -c \'CMD echo "$A$B"\' -m mine - box:2';
    const made = await shell(world(), line);
    assert.match(made.stdout, /^sha256:[a-f0-9]{64}\n$/);
    assert.equal(made.status, 0, made.stderr);
    assertResult(await world().slipway(['run', '--rm', 'box:2']), { status: 0, stdout: '12\n' });
    assert.match((await world().slipway(['history', 'box:2'])).stdout, /mine/);
    assert.equal((await world().slipway(['images', '-q', '--no-trunc', 'box:2'])).stdout, made.stdout);
    const unnamed = await shell(world(), 'tar -C root -cf root.tar . && "$S" import root.tar');
    assert.match(unnamed.stdout, /^sha256:/);
    assert.match((await world().slipway(['images'])).stdout, /<none> +<none>/);
    assert.match((await world().slipway(['import', 'http://example.org/x.tar'])).stderr, /not fetched from addresses/);
    assert.match(
      (await world().slipway(['import', '-c', 'RUN x', 'root.tar'])).stderr,
      /"RUN" is not a valid change command/,
    );
  });

  it('a reader that stops holds the server back, and one that goes ends it', async () => {
    const noise = join(world().home, 'noise.bin');
    writeFileSync(noise, Buffer.alloc(64 << 20, 'noise that is not sparse '));
    world().give(noise);
    assertResult(await shell(world(), 'tar -cf - noise.bin | "$S" import - big:1'), { status: 0 });
    const pid = world().serverPid();
    const memory = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    const before = memory();
    const slow = world().start(world().client, ['save', 'big:1'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise((resolve) => slow.stdout?.once('readable', resolve));
    // The server answers others meanwhile, and has not taken the image into memory.
    assertResult(await world().slipway(['images', '-q']), { status: 0 });
    assert.ok(memory() - before < 40 << 10, `${memory() - before} KiB more`);
    slow.kill('SIGINT');
    slow.stdout?.resume();
    assert.equal((await collect(slow)).status, 130);
    assertResult(await shell(world(), '{ "$S" save big:1; echo "code $?" >&2; } | head -c 5 >/dev/null'), {
      stderr: 'code 141\n',
    });
    assertResult(await world().slipway(['rmi', 'big:1']), { status: 0 });
  });

  it('Ctrl-C ends a load that waits, and leaves nothing', async () => {
    await world().slipway(['images', '-q']);
    const waiting = world().start(world().client, ['load'], { stdio: 'pipe' });
    waiting.stdin?.on('error', () => undefined);
    waiting.stdin?.write(Buffer.alloc(1 << 20));
    while (!inProgress(world()).some((name) => name.endsWith('.archive')))
      await new Promise((resolve) => setImmediate(resolve));
    waiting.kill('SIGINT');
    const ended = new Promise((resolve) => waiting.once('exit', resolve));
    assert.equal(await ended, 130);
    assert.deepEqual(inProgress(world()), []);
  });
});
