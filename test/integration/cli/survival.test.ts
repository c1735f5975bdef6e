// Any process can die at any moment: nothing that a person has is lost.
import assert from 'node:assert/strict';
import { type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { gone, parentOf } from '../../support/processes.ts';
import { collect } from '../../support/world.ts';
import { assertResult, containerIds, forEachPerson, initPid, killServerOf } from './people.ts';

const IMAGE = 'localhost/starter';

forEachPerson('survival', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);
  const killServer = (): Promise<void> => killServerOf(world());

  it('a killed server loses no container, no image, no exit status, and nobody attached notices', async () => {
    await slipway('run', '-d', '--name', 'long', IMAGE, 'sleep', '1000');
    const attached = world().start(world().client, ['run', '-i', '--name', 'talk', IMAGE, 'cat'], { stdio: 'pipe' });
    const result = collectLive(attached);
    attached.stdin?.write('before\n');
    await result.saw('before\n');
    await killServer();
    attached.stdin?.end('after\n');
    assertResult(await result.end, { status: 0, stdout: 'before\nafter\n' });
    const { stdout } = await slipway('ps', '-a');
    assert.match(stdout, / Up [^\n]* long\n/);
    assert.match(stdout, /Exited \(0\) [^\n]* talk\n/);
    assert.match((await slipway('images')).stdout, /localhost\/starter/);
    assertResult(await slipway('exec', 'long', 'echo', 'still here'), { stdout: 'still here\n' });
    for (const name of ['long', 'talk']) assertResult(await slipway('rm', '-f', name), { status: 0 });
  });

  it('a container that ended while no server ran has its exit status and its log', async () => {
    await slipway(
      'run',
      '-d',
      '--name',
      'alone',
      '-v',
      `${world().home}:/host`,
      IMAGE,
      'sh',
      '-c',
      'while [ ! -e /host/go ]; do sleep 0.05; done; echo done; exit 23',
    );
    const pid = await initPid(world(), 'alone');
    await killServer();
    await collect(world().start('touch', [join(world().home, 'go')]));
    await gone(pid);
    await slipway('logs', '-f', 'alone');
    assert.match((await slipway('ps', '-a')).stdout, /Exited \(23\) [^\n]* alone\n/);
    assertResult(await slipway('logs', 'alone'), { stdout: 'done\n' });
    assertResult(await slipway('rm', 'alone'), { status: 0 });
  });

  it('--rm is kept by the next server', async () => {
    await slipway('run', '-d', '--rm', '--name', 'brief', IMAGE, 'sleep', '1000');
    await killServer();
    await slipway('stop', '-t', '0', 'brief');
    assert.deepEqual(await containerIds(world()), []);
    assert.deepEqual(readdirSync(join(world().dataDirectory, 'containers')), []);
  });

  it('a killed shim takes its container along, and that is said', async () => {
    await slipway('run', '-d', '--name', 'bare', IMAGE, 'sleep', '1000');
    const pid = await initPid(world(), 'bare');
    process.kill(parentOf(pid), 'SIGKILL');
    await gone(pid);
    const { stdout } = await slipway('ps', '-a');
    assert.match(stdout, /Exited \(137\) [^\n]* bare\n/);
    assertResult(await slipway('start', 'bare'), { status: 0 });
    assertResult(await slipway('rm', '-f', 'bare'), { status: 0 });
  });

  it('server stop leaves the containers; with none, nothing stays', async () => {
    await slipway('run', '-d', '--name', 'stays', IMAGE, 'sleep', '1000');
    const first = world().serverPid();
    assertResult(await slipway('server', 'stop'), { status: 0, stdout: '', stderr: '' });
    await gone(first);
    assert.match((await slipway('ps')).stdout, / Up [^\n]* stays\n/);
    await slipway('rm', '-f', 'stays');
    const last = world().serverPid();
    await slipway('server', 'stop');
    await gone(last);
    assert.deepEqual(
      readdirSync(world().runtimeDirectory).filter((name) => !['lock', 'start.lock', 'bin', 'c'].includes(name)),
      [],
    );
    assertResult(await slipway('server', 'stop'), { status: 0 });
  });

  it('a server killed in the middle of run leaves no container that never ran', async () => {
    for (const milliseconds of [0, 5, 10, 20, 40]) {
      await slipway('images');
      const run = slipway('run', '--name', 'half', IMAGE, 'true');
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await killServer();
      await run;
      assert.doesNotMatch((await slipway('ps', '-a')).stdout, /Created/);
      await slipway('rm', '-f', 'half');
    }
  });

  it('a second runtime directory does not get a second server over the same data', async () => {
    await slipway('run', '-d', '--name', 'safe', IMAGE, 'sleep', '1000');
    const elsewhere = { SLIPWAY_RUN: join(world().directory, 'run2') };
    const refused = await world().slipway(['ps'], { env: elsewhere });
    assert.equal(refused.status, 125);
    assert.ok(refused.stderr.includes(`SLIPWAY_RUN=${world().runtimeDirectory}`), refused.stderr);
    await killServer();
    assert.match((await slipway('ps')).stdout, / Up [^\n]* safe\n/);
    await slipway('rm', '-f', 'safe');
  });

  it('system reset asks first and then removes everything', async () => {
    await slipway('run', '-d', IMAGE, 'sleep', '1000');
    const refused = await slipway('system', 'reset');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /this would remove 1 containers, 1 images[\s\S]*--yes/);
    assert.equal((await slipway('system', 'reset', '--yes')).status, 0);
    await gone(world().serverPid());
    assert.deepEqual(readdirSync(world().dataDirectory), []);
    assert.match((await slipway('images')).stdout, /localhost\/starter/);
  });
});

/** Like collect, with the input left open, and tells when a text has come. */
function collectLive(child: ChildProcess): {
  readonly end: ReturnType<typeof collectOpen>;
  saw(text: string): Promise<void>;
} {
  let seen = '';
  let wake = Promise.withResolvers<void>();
  child.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    wake.resolve();
    wake = Promise.withResolvers();
  });
  return {
    end: collectOpen(child),
    saw: async (text) => {
      while (!seen.includes(text)) await wake.promise;
    },
  };
}

/** Collects without closing the input. */
function collectOpen(child: ChildProcess): ReturnType<typeof collect> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      resolve({ status: status ?? -1, ...output });
    });
  });
}
