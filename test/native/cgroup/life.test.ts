// A container's cgroup: the first process and every exec are born in it, and nothing of it is left when it ends.

import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Sandbox, processSpec, type Spec } from '../runtime/support.ts';
import { MOUNT, below, control, noCgroups, present, runWithCgroups } from './support.ts';

runWithCgroups(import.meta.filename);

describe('cgroup of a container', { skip: noCgroups, timeout: 120_000 }, () => {
  const box = new Sandbox();
  const top = `/slipway-test-${process.pid}`;
  let count = 0;
  after(() => {
    box.dispose();
    assert.deepEqual(present(top) ? below(top) : [], []);
    for (const path of [top, `${top}-failed/parent`, `${top}-failed`]) if (present(path)) rmdirSync(join(MOUNT, path));
  });

  function placed(args: string[], change: (linux: Spec['linux']) => void = () => undefined): [Spec, string] {
    const path = `${top}/c${++count}`;
    const spec = box.spec(args);
    spec.linux['cgroupsPath'] = path;
    change(spec.linux);
    return [spec, path];
  }

  it('holds the first process, seen as the root from inside, and is gone at the end', async () => {
    const [spec, path] = placed(['cat', '/proc/self/cgroup']);
    const run = await box.run(spec);
    assert.match(run.stdout, /^0::\/$/m);
    assert.equal(present(path), false);
  });

  it('holds an exec too', async () => {
    const [spec, path] = placed(['sleep', '1000']);
    const shim = await box.start(spec);
    const exec = await box.exec(shim, processSpec(['sleep', '1000']));
    const pids = control(path, 'cgroup.procs').split('\n').map(Number).sort();
    assert.deepEqual(pids, [shim.pid, exec.pid].sort());
    process.kill(shim.pid, 'SIGKILL');
    assert.equal((await shim.finish()).signal, 9);
    assert.equal(present(path), false);
  });

  it('takes what a container without a pid namespace left running, and cgroups made inside', async () => {
    const [spec, path] = placed(
      ['sh', '-c', 'mkdir -p /sys/fs/cgroup/a/b; sleep 1000 & echo $! >/sys/fs/cgroup/a/b/cgroup.procs; exit 3'],
      (linux) => {
        linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'pid');
      },
    );
    for (const mount of spec.mounts)
      if (mount.type === 'cgroup') mount.options = mount.options?.filter((option) => option !== 'ro') ?? [];
    assert.equal((await box.run(spec)).exitCode, 3);
    assert.equal(present(path), false);
  });

  it('shows no cgroup of the machine where no namespace confines it', async () => {
    const [spec] = placed(['sh', '-c', 'ls -A /sys/fs/cgroup; : >/sys/fs/cgroup/x'], (linux) => {
      linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'cgroup');
    });
    const run = await box.run(spec);
    assert.equal(run.stdout, '');
    assert.match(run.stderr, /Read-only file system/);
  });

  it('leaves none behind when the start fails', async () => {
    const path = `${top}-failed/parent/c`;
    const [spec] = placed(['/nowhere'], (linux) => (linux['cgroupsPath'] = path));
    const shim = await box.start(spec);
    assert.deepEqual([shim.ready.status, shim.ready.code], ['error', 127]);
    assert.equal(present(path), false);
  });

  it('refuses one in use, and takes an empty one that was left', async () => {
    const [spec, path] = placed(['sleep', '1000']);
    const shim = await box.start(spec);
    const second = await box.start(spec);
    assert.deepEqual([second.ready.step, second.ready.path], ['cgroup', MOUNT + path]);
    assert.match(second.ready.message ?? '', /busy/);
    assert.equal(control(path, 'cgroup.procs'), String(shim.pid), 'the first one is untouched');
    process.kill(shim.pid, 'SIGKILL');
    await shim.finish();
    mkdirSync(join(MOUNT, path, 'left'), { recursive: true });
    assert.equal((await box.run({ ...spec, process: processSpec(['true']) })).exitCode, 0);
    assert.equal(present(path), false);
  });

  for (const path of ['/', '//', '/..', '/a/../b', '/a/./b', '../../tmp', `/${'x'.repeat(300)}`])
    it(`refuses the path ${path.slice(0, 20)}`, async () => {
      const [spec] = placed(['true'], (linux) => (linux['cgroupsPath'] = path));
      const shim = await box.start(spec);
      assert.deepEqual([shim.ready.status, shim.ready.step], ['error', 'cgroup']);
      assert.equal(present('/a'), false);
    });

  it('does not run an exec in a paused container', async () => {
    const [spec, path] = placed(['sleep', '1000']);
    const shim = await box.start(spec);
    writeFileSync(join(MOUNT, path, 'cgroup.freeze'), '1');
    const exec = await box.exec(shim, processSpec(['true']));
    assert.match(exec.ready.message ?? '', /is paused/);
    process.kill(shim.pid, 'SIGKILL');
    await shim.finish();
    assert.equal(present(path), false);
  });
});
