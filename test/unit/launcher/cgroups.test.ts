import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createCgroups, removeOwnCgroup } from '../../../runtime-server/src/launcher/cgroups.ts';

describe('cgroups', () => {
  let mount = '';
  before(() => {
    mount = mkdtempSync(join(tmpdir(), 'cgroups-'));
  });
  after(() => {
    rmSync(mount, { recursive: true });
  });
  const target = { id: 'one', bundle: '/b' };
  const make = (answer: string, calls: unknown[] = []): ReturnType<typeof createCgroups> =>
    createCgroups(
      { path: '/own', reason: '' },
      (words, input) => {
        calls.push([words.join(' '), input]);
        return Promise.resolve(answer);
      },
      mount,
    );

  it('are asked for through the runtime', async () => {
    const calls: unknown[] = [];
    const cgroups = make('{"status":"ok"}\n', calls);
    assert.equal(cgroups.path('one'), '/own/c/one');
    await cgroups.check({ pids: { limit: 5 } }, 'limit x');
    await cgroups.freeze(target, 'pause x');
    await cgroups.update(target, { pids: { limit: 5 } }, 'update x');
    await cgroups.remove(target);
    assert.deepEqual(calls, [
      ['cgroup check --path /own/c --resources -', '{"pids":{"limit":5}}'],
      ['cgroup freeze --bundle /b', ''],
      ['cgroup update --bundle /b --resources -', '{"pids":{"limit":5}}'],
      ['cgroup remove --bundle /b', ''],
    ]);
  });

  it('fail with the runtime’s reason, and for nonsense', async () => {
    const line = '{"status":"error","code":125,"step":"cgroup","path":"/f","errno":13,"message":"Permission denied"}';
    await assert.rejects(make(line).thaw(target, 'unpause x'), {
      code: 'LauncherFailed',
      message: 'unpause x: /f: Permission denied',
    });
    for (const odd of ['', '[]', 'null', '{"status":1}'])
      await assert.rejects(make(odd).thaw(target, 'unpause x'), /gave no answer/);
  });

  it('without delegation nothing is asked, and the reason is given', async () => {
    const cgroups = createCgroups({ reason: 'it is v1' }, () => Promise.reject(new Error('asked')), mount);
    assert.equal(cgroups.path('one'), undefined);
    await assert.rejects(cgroups.freeze(target, 'pause x'), /^EngineError: pause x: it is v1$/);
    await cgroups.remove(target);
    assert.equal(await cgroups.isFrozen('one'), false);
  });

  it('are frozen when the kernel says so', async () => {
    const directory = join(mount, 'own/c/one');
    mkdirSync(directory, { recursive: true });
    for (const [text, frozen] of [
      ['populated 1\nfrozen 1\n', true],
      ['populated 1\nfrozen 0\n', false],
    ] as const) {
      writeFileSync(join(directory, 'cgroup.events'), text);
      assert.equal(await make('').isFrozen('one'), frozen);
    }
    rmSync(join(mount, 'own'), { recursive: true });
  });

  it('the server’s own goes when it is empty, and stays when it is not', async () => {
    mkdirSync(join(mount, 'own/c/one'), { recursive: true });
    await removeOwnCgroup({ path: '/own', reason: '' }, mount);
    assert.ok(existsSync(join(mount, 'own/c/one')));
    rmSync(join(mount, 'own/c/one'), { recursive: true });
    await removeOwnCgroup({ path: '/own', reason: '' }, mount);
    assert.equal(existsSync(join(mount, 'own')), false);
  });
});
