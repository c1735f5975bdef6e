// Logs typed as root and as an ordinary user: bounded, followed across files, by time, and not kept at all.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { it } from 'node:test';
import { assertResult, forEachPerson, inspect, killServerOf } from './people.ts';

const IMAGE = 'localhost/starter';
const BOUND = ['--log-opt', 'max-size=20k', '--log-opt', 'max-file=3'];

forEachPerson('logs', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);
  const numbers = (from: number, to: number): string =>
    Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('');

  it('are bounded by max-size and max-file, in whole lines, the last ones', async () => {
    assertResult(await slipway('run', '--name', 'much', ...BOUND, IMAGE, 'seq', '1', '5000'), {
      status: 0,
      stdout: numbers(1, 5000),
    });
    const { HostConfig, LogPath } = await inspect(world(), 'much');
    assert.deepEqual(HostConfig['LogConfig'], { Type: 'json-file', Config: { 'max-file': '3', 'max-size': '20k' } });
    const folder = dirname(LogPath);
    const files = readdirSync(folder).filter((name) => name.startsWith('log'));
    assert.deepEqual(files.sort(), ['log', 'log.1', 'log.2']);
    for (const name of files) assert.ok(statSync(join(folder, name)).size <= 20_000, name);
    const { stdout } = await slipway('logs', 'much');
    const first = Number(stdout.split('\n')[0]);
    assert.ok(first > 4000 && first < 4800, `from ${first}`);
    assert.equal(stdout, numbers(first, 5000));
    assertResult(await slipway('logs', '--tail', '300', 'much'), { stdout: numbers(4701, 5000) });
  });

  it('-f goes on across files, and loses nothing', { timeout: 120_000 }, async () => {
    // Slow enough for a reader: what nobody has read when the last file goes is gone, as in docker.
    const script =
      'read x; i=0; while [ $i -lt 40 ]; do seq $((i*100+1)) $((i*100+100)); i=$((i+1)); sleep 0.05; done; cat';
    const words = ['run', '-d', '-i', '--name', 'followed', '--log-opt', 'max-size=30k', '--log-opt', 'max-file=5'];
    assertResult(await slipway(...words, IMAGE, 'sh', '-c', script), { status: 0 });
    const follower = world().start(world().client, ['logs', '-f', 'followed'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(follower.stdout !== null);
    const [read, left] = [buffer(follower.stdout), once(follower, 'exit')];
    await world().slipway(['attach', 'followed'], { input: 'go\n' });
    await left;
    assert.equal((await read).toString(), numbers(1, 4000));
    assertResult(await slipway('wait', 'followed'), { stdout: '0\n' });
  });

  it('go on in the same files under a new server and in the next run', async () => {
    const script = 'seq 1 100; read x; seq 101 200';
    assertResult(await slipway('run', '-d', '-i', '--name', 'kept', ...BOUND, IMAGE, 'sh', '-c', script), {
      status: 0,
    });
    await killServerOf(world());
    await world().slipway(['attach', 'kept'], { input: 'go\n' });
    assertResult(await slipway('wait', 'kept'), { stdout: '0\n' });
    assertResult(await slipway('logs', 'kept'), { stdout: numbers(1, 200) });
    await world().slipway(['start', '-ai', 'kept'], { input: 'go\n' });
    assertResult(await slipway('logs', 'kept'), { stdout: numbers(1, 200) + numbers(1, 200) });
  });

  it('--since and --until cut out a span of time, -t shows it', async () => {
    const script = 'echo one; sleep 1.2; echo two';
    assertResult(await slipway('run', '--name', 'timed', IMAGE, 'sh', '-c', script), { status: 0 });
    const { stdout } = await slipway('logs', '-t', 'timed');
    const [one = '', two = ''] = stdout.split('\n').map((line) => line.split(' ')[0]);
    const between = new Date((Date.parse(one) + Date.parse(two)) / 2).toISOString();
    assertResult(await slipway('logs', '--since', between, 'timed'), { stdout: 'two\n' });
    assertResult(await slipway('logs', '--until', between, 'timed'), { stdout: 'one\n' });
    assertResult(await slipway('logs', '--since', '1h', 'timed'), { stdout: 'one\ntwo\n' });
    assert.match((await slipway('logs', '--since', 'soon', 'timed')).stderr, /invalid value "soon" for --since/);
  });

  it('-f --until ends then, although the container goes on', { timeout: 60_000 }, async () => {
    assertResult(await slipway('run', '-d', '--name', 'endless', IMAGE, 'sh', '-c', 'echo here; sleep 1000'), {
      status: 0,
    });
    const until = new Date(Date.now() + 1500).toISOString();
    assertResult(await slipway('logs', '-f', '--until', until, 'endless'), { status: 0, stdout: 'here\n' });
    assert.ok(Date.now() >= Date.parse(until), 'not before');
    await slipway('rm', '-f', 'endless');
  });

  it('none keeps nothing, and says so', async () => {
    assertResult(await slipway('run', '--name', 'silent', '--log-driver', 'none', IMAGE, 'echo', 'seen'), {
      stdout: 'seen\n',
    });
    const { HostConfig, LogPath } = await inspect(world(), 'silent');
    assert.deepEqual([HostConfig['LogConfig'], LogPath], [{ Type: 'none', Config: {} }, '']);
    assertResult(await slipway('logs', 'silent'), {
      status: 1,
      stderr:
        'slipway: show logs of silent: configured logging driver does not support reading\n  It was created with --log-driver none.\n',
    });
  });

  it('an option that makes no sense leaves no container', async () => {
    const refused = async (...words: string[]): Promise<string> => {
      const { status, stderr } = await slipway('run', '--name', 'refused', ...words, IMAGE);
      assert.equal(status, 125);
      return stderr;
    };
    assert.match(await refused('--log-driver', 'syslog'), /no log driver of that name is registered\n {2}There are/);
    assert.match(await refused('--log-opt', 'max-size=big'), /invalid log opt max-size: invalid size: 'big'/);
    assert.match(await refused('--log-opt', 'max-size'), /invalid logging opt format: "max-size"/);
    assert.match(await refused('--log-opt', 'labels=a'), /unknown log opt 'labels' for json-file log driver/);
    assert.doesNotMatch((await slipway('ps', '-a')).stdout, /refused/);
  });

  it('the settings file has the defaults', async () => {
    world().configure({ 'log-opts': { 'max-size': '5m' } });
    assertResult(await slipway('create', '--name', 'usual', '--log-opt', 'max-file=2', IMAGE), { status: 0 });
    const { HostConfig } = await inspect(world(), 'usual');
    assert.deepEqual(HostConfig['LogConfig'], { Type: 'json-file', Config: { 'max-file': '2', 'max-size': '5m' } });
    world().configure({ 'log-driver': 'elsewhere' });
    assert.match((await slipway('create', IMAGE)).stderr, /read settings .*daemon\.json: use log driver "elsewhere"/);
    world().configure({});
  });
});
