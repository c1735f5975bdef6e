// Root's own containers on a stock Debian, beside those of the ordinary user.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ends } from '../pid-host.ts';
import { IMAGE, ok } from '../slipway.ts';

describe('root on a fresh Debian', () => {
  after(() => ok('system', 'reset', '--yes'));

  it('doctor has nothing to say', async () => {
    const text = await ok('doctor');
    assert.ok(!/^\[(limited|missing)\]/m.test(text), text);
  });

  it('limits a container', async () => {
    const out = await ok(
      'run',
      '--rm',
      '-m',
      '32m',
      '--cpus',
      '0.5',
      '--pids-limit',
      '9',
      '--cpuset-cpus',
      '0',
      IMAGE,
      'sh',
      '-c',
      'cd /sys/fs/cgroup; cat memory.max cpu.max pids.max cpuset.cpus',
    );
    assert.equal(out, '33554432\n50000 100000\n9\n0\n');
  });

  it('--device for reading alone: the kernel refuses to open it for writing, in the container and in an exec', async () => {
    const script = 'head -c 1 /dev/mine >/dev/null && echo read; (: >>/dev/mine) 2>&1 || echo kept';
    const options = ['-d', '--name', 'reader', '--device', '/dev/vda:/dev/mine:r'];
    await ok('run', ...options, IMAGE, 'sh', '-c', `${script}; sleep 10000`);
    const inside = await ok('exec', 'reader', 'sh', '-c', script);
    assert.match(inside, /^read\n.*Operation not permitted\nkept\n$/);
    const forged =
      'mknod /tmp/k b $((0x$(stat -c %t /dev/mine))) $((0x$(stat -c %T /dev/mine))) && (: >>/tmp/k) 2>&1; mknod /tmp/m c 1 1 && cat /tmp/m 2>&1';
    assert.match(await ok('exec', 'reader', 'sh', '-c', `${forged}; true`), /^(.*Operation not permitted\n){2}$/);
    assert.equal(await ok('logs', 'reader'), inside);
    await ok('rm', '-f', 'reader');
  });

  it('with the host’s PID namespace no process outlives stop, rm -f or the death of the shim', () => ends());

  it('runs a container', async () => {
    assert.equal(await ok('run', '--rm', IMAGE, 'echo', 'hello'), 'hello\n');
  });
});
