// A container's life from outside: detached, listed, entered, followed, stopped, removed.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { collect } from '../../support/world.ts';
import { assertResult, containerIds, forEachPerson } from './people.ts';

const IMAGE = 'localhost/starter';

forEachPerson('life', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);

  it('run -d prints the id; ps shows it; exec works in it; stop and rm end it', async () => {
    const { stdout } = await slipway(
      'run',
      '-d',
      '--name',
      'web',
      IMAGE,
      'sh',
      '-c',
      'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done',
    );
    assert.match(stdout, /^[0-9a-f]{64}\n$/);
    const id = stdout.trim();
    assert.match(
      (await slipway('ps')).stdout,
      new RegExp(`\n${id.slice(0, 12)} +localhost/starter +"sh -c 'trap |${id.slice(0, 12)}`),
    );
    assertResult(await slipway('exec', 'web', 'sh', '-c', 'echo in; exit 4'), { status: 4, stdout: 'in\n' });
    assertResult(await world().slipway(['exec', '-i', 'web', 'cat'], { input: 'through' }), {
      status: 0,
      stdout: 'through',
    });
    assertResult(
      await slipway('exec', '-e', 'A=b', '-w', '/tmp', '-u', 'nobody', 'web', 'sh', '-c', 'echo $A $(pwd) $(id -u)'),
      { stdout: 'b /tmp 65534\n' },
    );
    assertResult(await slipway('exec', 'web', 'nosuch'), { status: 127 });
    assertResult(await slipway('rm', 'web'), { status: 1 });
    assert.match((await slipway('rm', 'web')).stderr, /^slipway: remove container web: it is running\n {2}/);
    assertResult(await slipway('stop', 'web'), { status: 0, stdout: 'web\n' });
    assert.match((await slipway('ps', '-a')).stdout, /Exited \(3\) /);
    assertResult(await slipway('logs', 'web'), { stdout: 'up\n' });
    assertResult(await slipway('rm', id.slice(0, 6)), { status: 0, stdout: `${id.slice(0, 6)}\n` });
    assert.ok(!existsSync(join(world().dataDirectory, 'containers', id)));
  });

  it('run -d of what ends at once is not an error, however often', async () => {
    for (let round = 0; round < 20; round++) {
      const { status, stdout, stderr } = await slipway('run', '-d', IMAGE, 'sh', '-c', 'exit 4');
      assert.equal(status, 0, stderr);
      await slipway('logs', '-f', stdout.trim());
      assert.match((await slipway('ps', '-a')).stdout, /Exited \(4\)/);
      assertResult(await slipway('rm', stdout.trim()), { status: 0 });
    }
  });

  it('exec of what a signal ends at once has 128 and the signal, however often', async () => {
    await slipway('run', '-d', '--name', 'target', IMAGE, 'sleep', '1000');
    for (let round = 0; round < 20; round++)
      assertResult(await slipway('exec', 'target', 'sh', '-c', 'kill -9 $$'), { status: 137, stderr: '' });
    assertResult(await slipway('exec', '-u', '', 'target', 'id', '-u'), { stdout: '0\n' });
    await slipway('rm', '-f', 'target');
  });

  it('start runs it again with what it wrote; -a shows and waits', async () => {
    assertResult(
      await slipway('run', '--name', 'again', IMAGE, 'sh', '-c', 'echo x >> /count; wc -l < /count; exit 5'),
      { status: 5, stdout: '1\n' },
    );
    assertResult(await slipway('start', '-a', 'again'), { status: 5, stdout: '2\n' });
    assertResult(await slipway('start', 'again'), { status: 0, stdout: 'again\n' });
    await slipway('logs', '-f', 'again');
    assertResult(await slipway('logs', 'again'), { stdout: '1\n2\n3\n' });
    assertResult(await slipway('logs', '-n', '1', 'again'), { stdout: '3\n' });
    assert.match((await slipway('logs', '-t', '-n', '1', 'again')).stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z 3\n$/);
    assertResult(await slipway('rm', '-f', 'again'), { status: 0 });
  });

  it('logs -f goes on until the end', async () => {
    await slipway(
      'run',
      '-d',
      '--name',
      'talker',
      IMAGE,
      'sh',
      '-c',
      'for i in 1 2 3; do echo $i; sleep 0.2; done; echo err >&2',
    );
    assertResult(await slipway('logs', '-f', 'talker'), { status: 0, stdout: '1\n2\n3\n', stderr: 'err\n' });
    await slipway('rm', '-f', 'talker');
  });

  it('attach joins a running container and takes its exit status', async () => {
    await slipway('run', '-d', '-i', '--name', 'joined', IMAGE, 'sh', '-c', 'read line; echo "got $line"; exit 6');
    assertResult(await world().slipway(['attach', 'joined'], { input: 'hello\n' }), {
      status: 6,
      stdout: 'got hello\n',
    });
    assert.match(
      (await slipway('attach', 'joined')).stderr,
      /^slipway: attach to joined: the container is not running\n/,
    );
    await slipway('rm', 'joined');
  });

  it('signals go through to the container', async () => {
    const child = world().start(
      world().client,
      ['run', '--rm', IMAGE, 'sh', '-c', 'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.1; done'],
      { stdio: 'pipe' },
    );
    const result = collect(child);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    assertResult(await result, { status: 9, stdout: 'ready\ncaught\n' });
  });

  it('names are unique, prefixes must be too, and both say who is in the way', async () => {
    const first = await slipway('create', '--name', 'taken', IMAGE);
    const second = await slipway('create', '--name', 'taken', IMAGE);
    assert.equal(second.status, 125);
    assert.match(
      second.stderr,
      new RegExp(`^slipway: name container taken: the name is taken by container ${first.stdout.slice(0, 12)}\n`),
    );
    assert.equal((await slipway('create', '--name', '../evil', IMAGE)).status, 125);
    while (!hasAmbiguity(await containerIds(world()))) await slipway('create', IMAGE);
    const ids = await containerIds(world());
    const prefix = ids.map((id) => id.slice(0, 1)).find((letter, index, all) => all.indexOf(letter) !== index) ?? '';
    const ambiguous = await slipway('rm', prefix);
    assert.equal(ambiguous.status, 1);
    for (const id of ids.filter((item) => item.startsWith(prefix)))
      assert.ok(ambiguous.stderr.includes(id.slice(0, 12)), ambiguous.stderr);
    assertResult(await slipway('rm', ...ids), { status: 0, stdout: ids.map((id) => `${id}\n`).join('') });
    assertResult(await slipway('rm', 'gone'), { status: 1 });
  });

  it('inspect shows containers and images in docker’s shape', async () => {
    await slipway('create', '--name', 'seen', '-e', 'A=1', IMAGE, 'true');
    const [container] = JSON.parse((await slipway('inspect', 'seen')).stdout) as [
      { Name: string; State: { Status: string }; Config: { Env: string[] } },
    ];
    assert.deepEqual([container.Name, container.State.Status], ['/seen', 'created']);
    assert.ok(container.Config.Env.includes('A=1'));
    const [image] = JSON.parse((await slipway('inspect', IMAGE)).stdout) as [
      { Os: string; RootFS: { Layers: string[] } },
    ];
    assert.equal(image.Os, 'linux');
    assert.equal(image.RootFS.Layers.length, 1);
    const missing = await slipway('inspect', 'nothing');
    assertResult(missing, { status: 1, stdout: '[]\n' });
    await slipway('rm', 'seen');
  });
});

function hasAmbiguity(ids: readonly string[]): boolean {
  return new Set(ids.map((id) => id.slice(0, 1))).size < ids.length;
}
