// Moving a container from one state to another: restart, wait, rename, signals, and starting again by itself.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { gone, parentOf } from '../../support/processes.ts';
import { collect, type World } from '../../support/world.ts';
import { assertResult, forEachPerson, initPid, inspect, killServerOf, type Inspected } from './people.ts';

const IMAGE = 'localhost/starter';

forEachPerson('lifecycle', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);

  it('restart stops and starts; with --rm it stays in between; what does not run is started', async () => {
    await slipway('run', '-d', '--rm', '--name', 'web', IMAGE, 'sleep', '1000');
    const before = await initPid(world(), 'web');
    assertResult(await slipway('restart', '-t', '0', 'web'), { status: 0, stdout: 'web\n', stderr: '' });
    assert.notEqual(await initPid(world(), 'web'), before);
    assertResult(await slipway('stop', '-s', 'KILL', 'web'), { status: 0 });
    assertResult(await slipway('restart', 'web'), { status: 1 });
    await slipway('create', '--name', 'cold', IMAGE, 'sleep', '1000');
    assertResult(await slipway('restart', 'cold'), { status: 0 });
    assert.equal((await inspect(world(), 'cold')).State.Status, 'running');
    await slipway('rm', '-f', 'cold');
  });

  it('wait prints the codes in the order asked for, also of what is removed at its end', async () => {
    await slipway(
      'run',
      '-d',
      '--name',
      'ends',
      '--stop-signal',
      'INT',
      IMAGE,
      'sh',
      '-c',
      'trap "exit 3" INT; sleep 1000 & wait',
    );
    await slipway('run', '-d', '--rm', '--name', 'goes', IMAGE, 'sleep', '1000');
    const child = world().start(world().client, ['wait', 'nosuch', 'ends', 'goes'], { stdio: 'pipe' });
    const waiting = collect(child);
    // It says so once it waits for the others.
    await new Promise((resolve) => child.stderr?.once('data', resolve));
    await slipway('kill', 'goes');
    await slipway('stop', 'ends');
    const { status, stdout, stderr } = await waiting;
    assert.deepEqual([status, stdout], [1, '3\n137\n']);
    assert.match(stderr, /^slipway: wait for nosuch: no such container\n/);
    assertResult(await slipway('wait', 'ends'), { status: 0, stdout: '3\n' });
    await slipway('rm', 'ends');
  });

  it('rename: the new name works, the old one is free, running or not', async () => {
    await slipway('run', '-d', '--name', 'old', IMAGE, 'sleep', '1000');
    assertResult(await slipway('rename', 'old', 'new'), { status: 0, stdout: '', stderr: '' });
    assertResult(await slipway('exec', 'new', 'true'), { status: 0 });
    assertResult(await slipway('create', '--name', 'old', IMAGE), { status: 0 });
    const taken = await slipway('rename', 'old', 'new');
    assert.equal(taken.status, 1);
    assert.match(taken.stderr, /^slipway: name container new: the name is taken by container /);
    await slipway('rm', '-f', 'old', 'new');
  });

  it('--stop-signal, --stop-timeout and kill -s do what they say', async () => {
    const script = 'trap "echo term" TERM; trap "echo usr1; exit 7" USR1; echo up; while :; do sleep 0.05; done';
    await slipway('run', '-d', '--name', 'deaf', '--stop-timeout', '0', IMAGE, 'sh', '-c', script);
    assertResult(await slipway('stop', 'deaf'), { status: 0 });
    assert.equal((await inspect(world(), 'deaf')).State.ExitCode, 137);
    await slipway('start', 'deaf');
    assertResult(await slipway('kill', '-s', 'USR1', 'deaf'), { status: 0, stdout: 'deaf\n' });
    assertResult(await slipway('wait', 'deaf'), { stdout: '7\n' });
    assert.match((await slipway('kill', 'deaf')).stderr, /^slipway: kill deaf: the container is not running\n/);
    await slipway('rm', 'deaf');
  });

  it('--restart on-failure:2 starts it twice more and then lets it be', async () => {
    const { stdout } = await slipway('run', '-d', '--restart', 'on-failure:2', IMAGE, 'sh', '-c', 'echo run; exit 3');
    const id = stdout.trim();
    await ended(id);
    const { State, RestartCount, HostConfig } = await inspect(world(), id);
    assert.deepEqual([State.Status, State.ExitCode, RestartCount], ['exited', 3, 2]);
    assert.deepEqual(HostConfig['RestartPolicy'], { Name: 'on-failure', MaximumRetryCount: 2 });
    assertResult(await slipway('logs', id), { stdout: 'run\nrun\nrun\n' });
    await slipway('rm', id);
  });

  it('a container that fails for ever is shown as restarting, and stop ends it', async () => {
    await slipway('run', '-d', '--name', 'loop', '--restart', 'always', IMAGE, 'sh', '-c', 'exit 5');
    while ((await inspect(world(), 'loop')).RestartCount < 4);
    while (!/Restarting \(5\)/.test((await slipway('ps')).stdout));
    assertResult(await slipway('rm', 'loop'), { status: 1 });
    assertResult(await slipway('stop', 'loop'), { status: 0 });
    assert.match((await slipway('ps', '-a')).stdout, /Exited \(5\)/);
    assertResult(await slipway('update', '--restart', 'no', 'loop'), { status: 0, stdout: 'loop\n' });
    assertResult(await slipway('rm', 'loop'), { status: 0 });
    assert.match(
      (await slipway('run', '--rm', '--restart', 'always', IMAGE)).stderr,
      /conflicting options: --restart and --rm/,
    );
  });

  it('a killed shim and an end that no server saw are made good by the policy', async () => {
    await slipway('run', '-d', '--name', 'kept', '--restart', 'unless-stopped', IMAGE, 'sleep', '1000');
    const first = await initPid(world(), 'kept');
    process.kill(parentOf(first), 'SIGKILL');
    await runs('kept', first);
    const second = await initPid(world(), 'kept');
    await killServerOf(world());
    process.kill(second, 'SIGKILL');
    await gone(second);
    await runs('kept', second);
    assert.equal((await inspect(world(), 'kept')).RestartCount, 2);
    await slipway('rm', '-f', 'kept');
  });

  it('after a reboot always and unless-stopped run again, unless they were stopped by hand; the others say why not', async () => {
    for (const [name, policy] of [
      ['always', 'always'],
      ['halted', 'unless-stopped'],
      ['plain', 'no'],
    ] as const)
      await slipway('run', '-d', '--name', name, '--restart', policy, IMAGE, 'sleep', '1000');
    await slipway('stop', '-t', '0', 'halted');
    const [always, plain] = [await inspect(world(), 'always'), await inspect(world(), 'plain')];
    await killServerOf(world());
    for (const container of [always, plain]) await crash(world(), container);
    await runs('always', always.State.Pid);
    const states = await Promise.all(['halted', 'plain'].map(async (name) => (await inspect(world(), name)).State));
    assert.deepEqual(
      states.map(({ Status, ExitCode }) => [Status, ExitCode]),
      [
        ['exited', 137],
        ['exited', 255],
      ],
    );
    assert.equal(states[1]?.Error, 'the machine was restarted while it ran');
    await slipway('rm', '-f', 'always', 'halted', 'plain');
  });

  async function ended(name: string): Promise<void> {
    while ((await inspect(world(), name)).State.Running) await slipway('wait', name);
  }

  it('--cidfile has the id of what was made, and is not there without; --label-file has labels', async () => {
    const path = join(world().home, 'cid');
    writeFileSync(join(world().home, 'labels'), '# none\ntier=front\nempty\n');
    assertResult(await slipway('create', '--cidfile', 'cid', '--hostname', '-', IMAGE), { status: 125 });
    assert.ok(!existsSync(path));
    const words = ['--cidfile', 'cid', '--label-file', 'labels', '-l', 'empty=no', IMAGE, 'true'];
    const { stdout } = await slipway('run', '-d', ...words);
    assert.equal(readFileSync(path, 'utf8'), stdout.trim());
    const taken = await slipway('run', ...words);
    assert.deepEqual([taken.status, /container ID file found/.test(taken.stderr)], [125, true]);
    const labels = await slipway('inspect', '-f', '{{.Config.Labels.tier}} {{.Config.Labels.empty}}', stdout.trim());
    assert.equal(labels.stdout, 'front no\n');
    assertResult(await slipway('rm', '-f', stdout.trim()), { status: 0 });
  });

  it('--init starts a small init that reaps orphans, forwards signals, and leaves nothing in the files', async () => {
    const script = 'trap "exit 5" TERM; echo "$$ $(cat /proc/1/comm)"; while :; do sleep 0.05; done';
    await slipway('run', '-d', '--init', '--name', 'kept', '-u', 'nobody', IMAGE, 'sh', '-c', script);
    await slipway('exec', 'kept', 'sh', '-c', 'for i in 1 2 3; do (sleep 0.01 &); done');
    const zombies = 'while grep -q "^State:.Z" /proc/[0-9]*/status; do :; done';
    assertResult(await slipway('exec', 'kept', 'sh', '-c', zombies), { status: 0 });
    assertResult(await slipway('stop', 'kept'), { status: 0 });
    assert.equal((await inspect(world(), 'kept')).State.ExitCode, 5);
    assertResult(await slipway('logs', 'kept'), { stdout: '2 init\n' });
    assertResult(await slipway('diff', 'kept'), { stdout: '' });
    await slipway('rm', 'kept');
    assertResult(await slipway('run', '--rm', '--init', IMAGE, 'sh', '-c', 'kill -9 $$'), { status: 137 });
    assertResult(await slipway('run', '--rm', '--init', IMAGE, 'nosuch'), {
      status: 127,
      stderr: 'slipway-init: exec nosuch: No such file or directory\n',
    });
  });

  it('health: starting, healthy, unhealthy; output and results in inspect; a hanging check is killed', async () => {
    const check = 'echo looked; sleep 0.01; test -e /well || sleep 1000';
    const options = ['--health-interval', '50ms', '--health-timeout', '300ms', '--health-retries', '2'];
    await slipway('run', '-d', '--name', 'ill', '--health-cmd', check, ...options, IMAGE, 'sleep', '1000');
    assert.match((await slipway('ps')).stdout, /Up [^(]*\(health: starting\)/);
    await health('unhealthy');
    const [result] = (await inspect(world(), 'ill')).State.Health?.Log ?? [];
    assert.deepEqual([result?.ExitCode, result?.Output], [-1, 'Health check exceeded timeout (0.3s): looked\n']);
    await slipway('exec', 'ill', 'touch', '/well');
    await health('healthy');
    assert.match((await slipway('ps')).stdout, /Up [^(]*\(healthy\)/);
    await killServerOf(world());
    assert.equal((await inspect(world(), 'ill')).State.Health?.Status, 'healthy', 'kept by the next server');
    await slipway('exec', 'ill', 'rm', '/well');
    await health('unhealthy');
    await slipway('rm', '-f', 'ill');
  });

  async function health(status: string): Promise<void> {
    while ((await inspect(world(), 'ill')).State.Health?.Status !== status);
  }

  /** Resolves when it runs as another process than `before`. */
  async function runs(name: string, before: number): Promise<void> {
    for (;;) {
      const { Status, Pid } = (await inspect(world(), name)).State;
      if (Status === 'running' && Pid !== before) return;
    }
  }
});

/** As the end of the machine: the shim and its processes are gone without a word, and the record is of another boot. */
async function crash(world: World, { Id, State }: Inspected): Promise<void> {
  process.kill(parentOf(State.Pid), 'SIGKILL');
  await gone(State.Pid);
  const path = join(world.dataDirectory, 'containers', Id, 'container.json');
  const record = JSON.parse(readFileSync(path, 'utf8')) as { run: object };
  writeFileSync(path, JSON.stringify({ ...record, run: { ...record.run, boot: 'another' } }));
}
