// Limits that a stock Debian delegates to an ordinary user: memory, cpus, processes; pause; all kept by the kernel.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { control } from '../limits.ts';
import { ends } from '../pid-host.ts';
import { cgroupOf, IMAGE, inspect, ok, slipway } from '../slipway.ts';

describe('limits of an ordinary user', () => {
  after(() => ok('system', 'reset', '--yes'));

  it('--memory: one byte too much ends it with 137, and inspect says why', async () => {
    // tail keeps what it reads: a process that grows.
    const run = await slipway(
      'run',
      '--name',
      'greedy',
      '-m',
      '16m',
      '--memory-swap',
      '16m',
      IMAGE,
      'tail',
      '/dev/zero',
    );
    assert.equal(run.status, 137, JSON.stringify(run));
    assert.deepEqual(
      [await inspect('greedy', 'State.OOMKilled'), await inspect('greedy', 'State.ExitCode')],
      [true, 137],
    );
  });

  it('a container that ends by SIGKILL without the OOM killer is not said to be its victim', async () => {
    await ok('run', '-d', '--name', 'killed', '-m', '64m', IMAGE, 'sleep', '10000');
    await ok('kill', 'killed');
    await ok('logs', '-f', 'killed');
    assert.deepEqual(
      [await inspect('killed', 'State.OOMKilled'), await inspect('killed', 'State.ExitCode')],
      [false, 137],
    );
  });

  it('stats and top read the cgroup: its limit, its memory, its processes', async () => {
    await ok('run', '-d', '--name', 'watched', '-m', '64m', IMAGE, 'sh', '-c', 'sleep 1000 & sleep 1001; :');
    const format = '{{.MemUsage}} {{.PIDs}}';
    assert.match(await ok('stats', '--no-stream', '--format', format, 'watched'), /^[\d.]+[KM]iB \/ 64MiB 3\n$/);
    assert.match(await ok('top', 'watched', '-o', 'pid,comm'), /^PID +COMMAND\n(?:\d+ +\w+\n){3}$/);
    await ok('rm', '-f', 'watched');
  });

  it('--pids-limit: fork fails', async () => {
    const script = 'i=0; while [ $i -lt 20 ]; do sleep 100 & i=$((i+1)); done; echo all';
    const run = await slipway('run', '--rm', '--pids-limit', '8', IMAGE, 'sh', '-c', script);
    assert.match(run.stderr, /can't fork: Resource temporarily unavailable/);
    assert.doesNotMatch(run.stdout, /all/);
  });

  it('--cpus: the quota is seen from inside and outside, and throttles', async () => {
    const script =
      'cat /sys/fs/cgroup/cpu.max; i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; cat /sys/fs/cgroup/cpu.stat';
    const out = await ok('run', '--rm', '--cpus', '0.2', IMAGE, 'sh', '-c', script);
    assert.match(out, /^20000 100000\n/);
    assert.notEqual(Number(/^nr_throttled (\d+)$/m.exec(out)?.[1] ?? 0), 0, out);
  });

  it('update changes what a running container may', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'changing',
      '-m',
      '64m',
      '--cpus',
      '1',
      '--pids-limit',
      '50',
      IMAGE,
      'sleep',
      '10000',
    );
    assert.equal(await control('changing', 'memory.max'), String(64 << 20));
    await ok('update', '-m', '32m', '--memory-swap', '48m', '--cpus', '0.5', '--pids-limit', '20', 'changing');
    assert.deepEqual(
      await Promise.all(
        ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'].map((file) => control('changing', file)),
      ),
      [String(32 << 20), String(16 << 20), '50000 100000', '20'],
    );
    await ok('rm', '-f', 'changing');
  });

  it('pause stops all of it, unpause lets it go on', async () => {
    await ok('run', '-d', '--name', 'paused', IMAGE, 'sleep', '10000');
    await ok('pause', 'paused');
    assert.match(await control('paused', 'cgroup.events'), /^frozen 1$/m);
    assert.match(await ok('ps'), /\(Paused\)/);
    assert.equal(await inspect('paused', 'State.Paused'), true);
    assert.notEqual((await slipway('exec', 'paused', 'true')).status, 0);
    await ok('unpause', 'paused');
    assert.equal(await ok('exec', 'paused', 'echo', 'back'), 'back\n');
    await ok('rm', '-f', 'paused');
  });

  it('exec is held by the same limits', async () => {
    await ok('run', '-d', '--name', 'both', '--pids-limit', '6', IMAGE, 'sleep', '10000');
    const run = await slipway('exec', 'both', 'sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; echo all');
    assert.match(run.stderr, /can't fork/);
    await ok('rm', '-f', 'both');
  });

  it('with the host’s PID namespace no process outlives stop, rm -f or the death of the shim', () => ends());

  it('no cgroup of a removed container stays', async () => {
    await ok('run', '-d', '--name', 'last', IMAGE, 'sleep', '10000');
    const own = cgroupOf(Number(await inspect('last', 'State.Pid')));
    const parent = join('/sys/fs/cgroup', dirname(own));
    const all = (await ok('ps', '-q', '--no-trunc')).trim().split('\n');
    const groups = (): string[] =>
      readdirSync(parent, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    assert.deepEqual(groups().sort(), all.sort());
    await ok('rm', '-f', 'last');
    assert.ok(!groups().includes(own.slice(own.lastIndexOf('/') + 1)));
  });

  it('a limit whose controller is not delegated is refused with the reason', async () => {
    const run = await slipway('run', '--rm', '--cpuset-cpus', '0', IMAGE, 'true');
    assert.equal(run.status, 125, JSON.stringify(run));
    assert.match(
      run.stderr,
      /^slipway: limit container: \/sys\/fs\/cgroup\/\S+: the cpuset controller can't be enabled: Permission denied\n/,
    );
    const made = await slipway('create', '--name', 'bound', '--cpuset-cpus', '0', IMAGE, 'true');
    assert.match(made.stderr, /cpuset/);
    assert.doesNotMatch(await ok('ps', '-a'), /Created|bound/);
  });
});
