// Root's own containers on a stock Debian, beside those of the ordinary user.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
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

  it('runs a container', async () => {
    assert.equal(await ok('run', '--rm', IMAGE, 'echo', 'hello'), 'hello\n');
  });
});
