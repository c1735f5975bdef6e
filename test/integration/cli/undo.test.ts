// Removing containers and bringing them back, as a person types it.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { gone } from '../../support/processes.ts';
import { assertResult, forEachPerson } from './people.ts';

const IMAGE = 'localhost/starter';

forEachPerson('undo', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);
  const removed = async (): Promise<readonly string[]> =>
    (await slipway('ps', '--removed', '--format', '{{.Names}}')).stdout.split('\n').filter((name) => name !== '');
  const killServer = async (): Promise<void> => {
    const pid = world().serverPid();
    process.kill(pid, 'SIGKILL');
    await gone(pid);
  };
  const graves = (): readonly string[] => readdirSync(join(world().dataDirectory, 'removed'));

  it('a container that --rm took away comes back with its files, log and exit status', async () => {
    const script = 'echo said; echo kept > /root/file; ln /root/file /root/link; chmod 4711 /root/file; exit 5';
    assertResult(await slipway('run', '--rm', '--name', 'brief', IMAGE, 'sh', '-c', script), { status: 5 });
    assert.deepEqual((await slipway('ps', '-aq')).stdout, '');
    assert.match(
      (await slipway('ps', '--removed')).stdout,
      /\n[0-9a-f]{12} +localhost\/starter .* Removed .* ago +brief\n$/,
    );
    assertResult(await slipway('restore', 'brief'), { status: 0, stdout: 'brief\n' });
    assert.deepEqual(await removed(), []);
    assert.match((await slipway('ps', '-a')).stdout, /Exited \(5\)/);
    assertResult(await slipway('logs', 'brief'), { stdout: 'said\n' });
    assertResult(await slipway('diff', 'brief'), { stdout: 'C /root\nA /root/file\nA /root/link\n' });
    assertResult(await slipway('start', '-a', 'brief'), { status: 5, stdout: 'said\n' });
    assert.match((await slipway('ps', '-a')).stdout, /Exited \(5\)/, 'it does not go by itself any more');
  });

  it('its anonymous volumes go with it and come back with it; others are left alone', async () => {
    const script = 'echo own > /own/file; echo data > /data/file';
    await slipway('run', '--rm', '--name', 'stateful', '-v', '/own', '-v', 'data:/data', IMAGE, 'sh', '-c', script);
    assertResult(await slipway('volume', 'ls', '-q'), { stdout: 'data\n' });
    await slipway('restore', 'stateful');
    assert.match((await slipway('volume', 'ls', '-q')).stdout, /^[0-9a-f]{64}\ndata\n$|^data\n[0-9a-f]{64}\n$/);
    const seen = ['--volumes-from', 'stateful', IMAGE, 'cat', '/own/file', '/data/file'];
    assertResult(await slipway('run', '--rm', ...seen), { stdout: 'own\ndata\n' });
    await slipway('rm', '-v', '--purge', 'stateful');
    assertResult(await slipway('volume', 'ls', '-q'), { stdout: 'data\n' });
    await slipway('volume', 'rm', 'data');
  });

  it('rm of a running one, and of one that never ran; the name may be taken meanwhile', async () => {
    await slipway('run', '-d', '--name', 'web', IMAGE, 'sleep', '1000');
    await slipway('create', '--name', 'fresh', IMAGE, 'echo', 'fresh');
    assertResult(await slipway('rm', '-f', 'web', 'fresh'), { status: 0, stdout: 'web\nfresh\n' });
    await slipway('create', '--name', 'web', IMAGE);
    const refused = await slipway('restore', 'web');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /name container web: the name is taken/);
    assertResult(await slipway('restore', '--name', 'web2', 'web'), { status: 0, stdout: 'web2\n' });
    assertResult(await slipway('restore', 'fresh'), { status: 0 });
    assertResult(await slipway('start', '-a', 'fresh'), { stdout: 'fresh\n' });
    assertResult(await slipway('restore', 'nobody'), { status: 1 });
    assert.match((await slipway('ps', '-a', '--filter', 'name=web2')).stdout, /Exited \(137\)/);
    await slipway('rm', '-f', 'web', 'web2', 'fresh', 'brief');
  });

  it('prune empties it and says what is free again; rm --purge takes one for good', async () => {
    await slipway('run', '--rm', '--name', 'big', IMAGE, 'sh', '-c', 'head -c 3000000 /dev/zero > /big');
    assert.match((await slipway('system', 'df')).stdout, /\nRemoved +\d+ +0 +3MB/);
    assertResult(await slipway('rm', '--purge', 'web2'), { status: 0, stdout: 'web2\n' });
    assert.ok(!(await removed()).includes('web2'));
    const { stdout } = await slipway('container', 'prune', '-f');
    assert.match(stdout, /Total reclaimed space: 3MB\n/);
    assert.deepEqual(graves(), []);
    assert.deepEqual(await removed(), []);
    assert.doesNotMatch((await slipway('system', 'df')).stdout, /Removed/);
  });

  it('without its image it waits for that', async () => {
    await slipway('run', '--name', 'base', IMAGE, 'sh', '-c', 'echo own > /own');
    await slipway('commit', 'base', 'own');
    assertResult(await slipway('run', '--rm', '--name', 'lost', 'own', 'true'), { status: 0 });
    assertResult(await slipway('rmi', 'own'), { status: 0 });
    const refused = await slipway('restore', 'lost');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /restore container lost: its image own:latest is gone|its image own is gone/);
    assert.deepEqual(await removed(), ['lost']);
    await slipway('rm', '--purge', 'lost', 'base');
  });

  it('a run whose command can’t be started leaves nothing to restore', async () => {
    assertResult(await slipway('run', IMAGE, 'nosuch'), { status: 127 });
    assert.deepEqual(graves(), []);
  });

  it('survives a server that is killed in between', async () => {
    assertResult(await slipway('run', '--rm', '--name', 'lasting', IMAGE, 'sh', '-c', 'echo x > /x'), { status: 0 });
    await killServer();
    assert.deepEqual(await removed(), ['lasting']);
    assertResult(await slipway('restore', 'lasting'), { status: 0 });
    await killServer();
    assertResult(await slipway('diff', 'lasting'), { stdout: 'A /x\n' });
    await slipway('rm', '--purge', 'lasting');
  });

  it('keeps to what daemon.json says', async () => {
    world().configure({ 'removed-max-size': '0' });
    assertResult(await slipway('run', '--rm', IMAGE, 'true'), { status: 0 });
    assert.deepEqual(graves(), []);
  });
});
