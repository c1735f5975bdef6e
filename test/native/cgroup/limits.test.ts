// Limits: each member of linux.resources reaches its file; what can't be kept is refused at its place in config.json.

import assert from 'node:assert/strict';
import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Sandbox, unavailable, type Ready, type Spec } from '../runtime/support.ts';
import { MOUNT, control, lacks, noCgroups, present, runWithCgroups, unified } from './support.ts';

runWithCgroups(import.meta.filename);

const box = new Sandbox();
const top = `/slipway-limits-${process.pid}`;
let count = 0;
after(() => {
  box.dispose();
  if (unified && present(top)) rmdirSync(join(MOUNT, top));
});

function limited(resources: object, args = ['true']): [Spec, string] {
  const path = `${top}/c${++count}`;
  const spec = box.spec(args);
  spec.linux['cgroupsPath'] = path;
  spec.linux['resources'] = resources;
  return [spec, path];
}

async function refused(resources: object): Promise<Ready> {
  const [spec] = limited(resources);
  const { ready } = await box.start(spec);
  assert.equal(ready.status, 'error');
  return ready;
}

describe('resources of config.json', { skip: unavailable, timeout: 60_000 }, () => {
  const wrong: [object, string, RegExp][] = [
    [{ memory: { limit: 'x' } }, 'memory.limit', /must be a whole number/],
    [{ memory: { limit: -2 } }, 'memory.limit', /must be between/],
    [{ memory: { swap: 100 } }, 'memory.swap', /needs memory.limit/],
    [{ memory: { limit: 100, swap: 99 } }, 'memory.swap', /less than memory.limit/],
    [{ memory: { disableOOMKiller: true } }, 'memory.disableOOMKiller', /can't be kept/],
    [{ memory: { kernel: 1 } }, 'memory.kernel', /can't be kept/],
    [{ memory: { kernelTCP: 1 } }, 'memory.kernelTCP', /can't be kept/],
    [{ memory: { swappiness: 10 } }, 'memory.swappiness', /can't be kept/],
    [{ memory: { useHierarchy: false } }, 'memory.useHierarchy', /can't be kept/],
    [{ cpu: { realtimeRuntime: 1 } }, 'cpu.realtimeRuntime', /can't be kept/],
    [{ cpu: { shares: -1 } }, 'cpu.shares', /must be between/],
    [{ cpu: { cpus: '0;1' } }, 'cpu.cpus', /must be a list/],
    [{ cpu: { idle: 2 } }, 'cpu.idle', /must be between/],
    [{ pids: { limit: -2 } }, 'pids.limit', /must be between/],
    [{ blockIO: { weight: 5 } }, 'blockIO.weight', /between 10 and 1000/],
    [{ blockIO: { leafWeight: 10 } }, 'blockIO.leafWeight', /can't be kept/],
    [{ hugepageLimits: [{ pageSize: '2MB/..', limit: 1 }] }, 'hugepageLimits[0].pageSize', /must be like/],
    [{ network: { classID: 1 } }, 'network.classID', /can't be kept/],
    [{ network: { priorities: [{ name: 'lo', priority: 1 }] } }, 'network.priorities', /can't be kept/],
    [{ rdma: { 'a b': { hcaHandles: 1 } } }, 'rdma.a b', /not a name of a device/],
    [{ unified: { 'cgroup.procs': '1' } }, 'unified.cgroup.procs', /manages the cgroup/],
    [{ unified: { '../memory.max': '1' } }, 'unified.../memory.max', /not a name of a control file/],
    [{ unified: { nodot: '1' } }, 'unified.nodot', /not a name of a control file/],
    [{ unified: { 'memory.max': 1 } }, 'unified.memory.max', /must be a string/],
    [{ devices: [{ type: 'x' }] }, 'devices[0].type', /must be a, b or c/],
    [{ devices: [{ access: 'z' }] }, 'devices[0].access', /must be of r, w and m/],
  ];
  for (const [resources, path, reason] of wrong)
    it(`refuses ${JSON.stringify(resources)}`, async () => {
      const ready = await refused(resources);
      assert.deepEqual([ready.step, ready.path], ['config', `linux.resources.${path}`]);
      assert.match(ready.message ?? '', reason);
    });

  it('takes a container without limits, with and without cgroup v2', async () => {
    const nothing = { memory: {}, cpu: {}, blockIO: {}, network: {}, pids: { limit: 0 }, devices: [{ allow: true }] };
    assert.equal((await box.run(limited(nothing)[0])).exitCode, 0);
  });

  it('refuses a limit on cgroup v1', { skip: unified && 'this is cgroup v2' }, async () => {
    const ready = await refused({ pids: { limit: 10 } });
    assert.deepEqual([ready.step, ready.path], ['cgroup', MOUNT]);
    assert.match(ready.message ?? '', /cgroup v1/);
  });
});

describe('limits in their files', { skip: noCgroups, timeout: 120_000 }, () => {
  const cases: [string, object, Record<string, string>][] = [
    [
      'memory',
      { memory: { limit: 64 << 20, reservation: 32 << 20 } },
      { 'memory.max': `${64 << 20}`, 'memory.low': `${32 << 20}` },
    ],
    ['memory', { memory: { limit: 64 << 20, swap: 96 << 20 } }, { 'memory.swap.max': `${32 << 20}` }],
    ['memory', { memory: { limit: 64 << 20, swap: -1 } }, { 'memory.max': `${64 << 20}`, 'memory.swap.max': 'max' }],
    ['memory', { unified: { 'memory.high': '33554432' } }, { 'memory.high': '33554432' }],
    ['cpu', { cpu: { shares: 1024 } }, { 'cpu.weight': '100' }],
    ['cpu', { cpu: { shares: 2 } }, { 'cpu.weight': '1' }],
    ['cpu', { cpu: { shares: 262144 } }, { 'cpu.weight': '10000' }],
    [
      'cpu',
      { cpu: { quota: 50000, period: 200000, burst: 10000 } },
      { 'cpu.max': '50000 200000', 'cpu.max.burst': '10000' },
    ],
    ['cpu', { cpu: { quota: 50000 } }, { 'cpu.max': '50000 100000' }],
    ['cpu', { cpu: { period: 50000 } }, { 'cpu.max': 'max 50000' }],
    ['cpu', { cpu: { idle: 1, shares: 512 } }, { 'cpu.idle': '1' }],
    ['cpuset', { cpu: { cpus: '0', mems: '0' } }, { 'cpuset.cpus': '0', 'cpuset.mems': '0' }],
    ['pids', { pids: { limit: 17 } }, { 'pids.max': '17' }],
    ['pids', { pids: { limit: -1 } }, { 'pids.max': 'max' }],
    ['io', { blockIO: { weight: 1000 } }, {}],
    ['hugetlb', { hugepageLimits: [{ pageSize: '2MB', limit: 4 << 20 }] }, { 'hugetlb.2MB.max': `${4 << 20}` }],
  ];
  for (const [controller, resources, files] of cases)
    it(`keeps ${JSON.stringify(resources)}`, { skip: lacks(controller) }, async () => {
      const [spec, path] = limited(resources, ['sleep', '1000']);
      const shim = await box.start(spec);
      assert.equal(shim.ready.status, 'started', shim.ready.message);
      const found = Object.fromEntries(Object.keys(files).map((file) => [file, control(path, file)]));
      process.kill(shim.pid, 'SIGKILL');
      await shim.finish();
      assert.deepEqual(found, files);
      assert.equal(present(path), false);
    });

  it('names the file and the reason of a controller that is not there', async () => {
    const ready = await refused({ unified: { 'moon.max': '1' } });
    assert.deepEqual([ready.step, ready.errno], ['cgroup', 2]);
    assert.match(ready.message ?? '', /the moon controller is not available here/);
    assert.equal(present(`${top}/c${count}`), false);
  });

  it('names the file, the member and the value that the kernel refuses', { skip: lacks('hugetlb') }, async () => {
    const ready = await refused({ unified: { 'hugetlb.2MB.max': 'much' } });
    assert.deepEqual([ready.path, ready.errno], [`${MOUNT}${top}/c${count}/hugetlb.2MB.max`, 22]);
    assert.match(ready.message ?? '', /linux\.resources\.unified: much/);
    assert.equal(present(`${top}/c${count}`), false);
  });

  it('ends a fork bomb at pids.limit', { skip: lacks('pids') }, async () => {
    const [spec] = limited({ pids: { limit: 8 } }, ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done']);
    assert.match((await box.run(spec)).stderr, /fork/);
  });

  it('tells that the OOM killer was there', { skip: lacks('memory') }, async () => {
    const [spec, path] = limited({ memory: { limit: 16 << 20, swap: 16 << 20 } }, [
      'sh',
      '-c',
      'tail /dev/zero; exit 5',
    ]);
    const shim = await box.start(spec);
    await shim.finish();
    const exit = JSON.parse((await import('node:fs')).readFileSync(shim.exitFile, 'utf8')) as { oomKilled: boolean };
    assert.equal(exit.oomKilled, true);
    assert.equal(present(path), false);
  });
});
