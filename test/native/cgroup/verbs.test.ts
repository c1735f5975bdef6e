// `slipway-runtime cgroup`: freeze, thaw, kill, update, stats and remove on the cgroup of a bundle, and its one line of JSON.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Sandbox, runtime, unavailable, type Shim } from '../runtime/support.ts';
import { MOUNT, control, lacks, noCgroups, present, runWithCgroups, unified } from './support.ts';

runWithCgroups(import.meta.filename);

const box = new Sandbox();
const top = `/slipway-verbs-${process.pid}`;
after(() => {
  box.dispose();
  if (unified && present(top)) rmdirSync(join(MOUNT, top));
});

interface Answer {
  readonly status: string;
  readonly step?: string;
  readonly path?: string;
  readonly message?: string;
  readonly stats?: Record<string, Record<string, number | null>>;
}

function cgroup(args: string[], input = ''): Answer {
  const run = spawnSync(runtime, ['cgroup', ...args], { encoding: 'utf8', input, timeout: 20_000 });
  const answer = JSON.parse(run.stdout) as Answer;
  assert.equal(run.status, answer.status === 'ok' ? 0 : 1);
  assert.equal(run.stdout.trim().split('\n').length, 1);
  return answer;
}

describe('cgroup verbs without a cgroup', { skip: unavailable, timeout: 60_000 }, () => {
  function bundle(config: string): string {
    const dir = join(box.dir, `b${Math.random()}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'config.json'), config);
    return dir;
  }
  for (const [name, config, reason] of [
    ['no path', '{"linux":{}}', /has no cgroup/],
    ['a path of another type', '{"linux":{"cgroupsPath":3}}', /must be a string/],
    ['no JSON', '{', /not JSON/],
  ] as const)
    it(`refuses a bundle with ${name}`, () => {
      assert.match(cgroup(['freeze', '--bundle', bundle(config)]).message ?? '', reason);
    });
  for (const words of [
    [],
    ['freeze'],
    ['freeze', '--bundle'],
    ['freeze', '--bundle', '/nowhere'],
    ['freeze', '--bundle', '/', 'x'],
  ])
    it(`refuses the words ${words.join(' ')}`, () => {
      assert.equal(cgroup(words).status, 'error');
    });
});

describe('cgroup verbs', { skip: noCgroups, timeout: 60_000 }, () => {
  let count = 0;
  async function start(args = ['sleep', '1000']): Promise<[Shim, string]> {
    const path = `${top}/c${++count}`;
    const spec = box.spec(args);
    spec.linux['cgroupsPath'] = path;
    return [await box.start(spec), path];
  }

  it('freezes, thaws and kills', async () => {
    const [shim, path] = await start();
    assert.deepEqual(cgroup(['freeze', '--bundle', shim.bundle]), { status: 'ok' });
    assert.match(control(path, 'cgroup.events'), /frozen 1/);
    assert.deepEqual(cgroup(['freeze', '--bundle', shim.bundle]), { status: 'ok' });
    assert.deepEqual(cgroup(['thaw', '--bundle', shim.bundle]), { status: 'ok' });
    assert.match(control(path, 'cgroup.events'), /frozen 0/);
    assert.deepEqual(cgroup(['kill', '--bundle', shim.bundle]), { status: 'ok' });
    assert.equal((await shim.finish()).signal, 9);
    assert.equal(present(path), false);
    assert.equal(cgroup(['freeze', '--bundle', shim.bundle]).path, MOUNT + path);
    assert.equal(cgroup(['remove', '--bundle', shim.bundle]).status, 'ok', 'absent: nothing to do');
  });

  it('kills a frozen one', async () => {
    const [shim, path] = await start();
    cgroup(['freeze', '--bundle', shim.bundle]);
    cgroup(['kill', '--bundle', shim.bundle]);
    assert.equal((await shim.finish()).exitCode, 137);
    assert.equal(present(path), false);
  });

  it('removes what a killed shim left', async () => {
    const [shim, path] = await start();
    shim.kill();
    await shim.ended;
    assert.deepEqual(cgroup(['remove', '--bundle', shim.bundle]), { status: 'ok' });
    assert.equal(present(path), false);
  });

  it('tells what is used, without the members of controllers that are not there', async () => {
    const [shim] = await start();
    const { stats } = cgroup(['stats', '--bundle', shim.bundle]);
    assert.ok(Number(stats?.['cpu']?.['usageUsec']) > 0);
    assert.equal(stats?.['memory'] !== undefined, lacks('memory') === false);
    assert.equal(stats?.['pids'] !== undefined, lacks('pids') === false);
    if (stats?.['pids'] !== undefined) assert.deepEqual(stats['pids'], { current: 1, limit: null });
    cgroup(['kill', '--bundle', shim.bundle]);
    await shim.finish();
  });

  it('checks whether a limit could be kept, and leaves nothing', () => {
    const check = (resources: object): Answer =>
      cgroup(['check', '--path', `${top}/checked/c`, '--resources', '-'], JSON.stringify(resources));
    for (const [controller, resources] of [
      ['pids', { pids: { limit: 5 } }],
      ['cpuset', { cpu: { cpus: '0' } }],
      ['hugetlb', { hugepageLimits: [{ pageSize: '2MB', limit: 1 }] }],
    ] as const) {
      const there = lacks(controller) === false;
      const { status, step, path, message } = check(resources);
      assert.equal(status, there ? 'ok' : 'error', message);
      if (!there) {
        assert.deepEqual([step, path], ['cgroup', `${MOUNT}${top}/checked/c/cgroup.controllers`]);
        assert.equal(message, `the ${controller} controller is not available here`);
      }
      assert.equal(present(`${top}/checked`), false);
    }
    assert.equal(check({ pids: { limit: -1 } }).status, 'ok');
  });

  it('updates limits from a file and from standard input', { skip: lacks('hugetlb') }, async () => {
    const [shim, path] = await start();
    const file = join(box.dir, 'resources.json');
    const limit = (bytes: number): string => JSON.stringify({ hugepageLimits: [{ pageSize: '2MB', limit: bytes }] });
    writeFileSync(file, limit(4 << 20));
    assert.deepEqual(cgroup(['update', '--bundle', shim.bundle, '--resources', file]), { status: 'ok' });
    assert.equal(control(path, 'hugetlb.2MB.max'), String(4 << 20));
    assert.deepEqual(cgroup(['update', '--bundle', shim.bundle, '--resources', '-'], limit(2 << 20)), { status: 'ok' });
    assert.equal(control(path, 'hugetlb.2MB.max'), String(2 << 20));
    const wrong = cgroup(['update', '--bundle', shim.bundle, '--resources', '-'], '{"pids":{"limit":"x"}}');
    assert.deepEqual([wrong.step, wrong.path], ['config', 'pids.limit']);
    assert.match(cgroup(['update', '--bundle', shim.bundle]).message ?? '', /is required/);
    cgroup(['kill', '--bundle', shim.bundle]);
    await shim.finish();
  });
});
