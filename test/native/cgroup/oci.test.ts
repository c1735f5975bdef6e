// The OCI commands on a container's cgroup: pause, resume, ps, kill --all, update, events, and what delete leaves.

import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Sandbox, runtime, type Spec } from '../runtime/support.ts';
import { MOUNT, below, control, lacks, noCgroups, present, runWithCgroups } from './support.ts';

runWithCgroups(import.meta.filename);

describe('OCI commands on a cgroup', { skip: noCgroups, timeout: 120_000 }, () => {
  const box = new Sandbox();
  const state = join(box.dir, 'state');
  const top = `/slipway-oci-${process.pid}`;
  let count = 0;
  after(() => {
    for (const id of oci('list', '-q').stdout.split('\n')) if (id !== '') oci('delete', '--force', id);
    box.dispose();
    assert.deepEqual(present(top) ? below(top) : [], []);
    if (present(top)) rmdirSync(join(MOUNT, top));
  });

  function oci(...args: string[]): SpawnSyncReturns<string> {
    return spawnSync(runtime, ['--root', state, ...args], { encoding: 'utf8', timeout: 20_000 });
  }
  const ok = (...args: string[]): string => {
    const run = oci(...args);
    assert.equal(run.status, 0, run.stderr);
    return run.stdout;
  };
  function bundle(id: string, args: string[], change: (spec: Spec) => void): string {
    const dir = join(box.dir, `bundle${++count}`);
    mkdirSync(dir);
    const spec = box.spec(args);
    spec.linux['cgroupsPath'] = `${top}/${id}`;
    change(spec);
    writeFileSync(join(dir, 'config.json'), JSON.stringify(spec));
    return dir;
  }
  /** Without pipes: a container that stays would hold them open. */
  function start(id: string, args = ['sleep', '1000'], change: (spec: Spec) => void = () => undefined): string {
    const words = ['--root', state, 'run', '--detach', '-b', bundle(id, args, change), id];
    assert.equal(spawnSync(runtime, words, { stdio: 'ignore' }).status, 0);
    return `${top}/${id}`;
  }
  const status = (id: string): unknown => (JSON.parse(ok('state', id)) as { status: string }).status;
  const remove = (id: string): void => {
    ok('delete', '--force', id);
    assert.equal(present(`${top}/${id}`), false);
  };

  it('pauses and resumes', () => {
    const path = start('still');
    ok('pause', 'still');
    assert.deepEqual([status('still'), control(path, 'cgroup.events').includes('frozen 1')], ['paused', true]);
    assert.match(ok('list'), /paused/);
    assert.match(oci('exec', 'still', 'true').stderr, /is paused/);
    ok('resume', 'still');
    assert.deepEqual([status('still'), control(path, 'cgroup.events').includes('frozen 0')], ['running', true]);
    ok('exec', 'still', 'true');
    ok('pause', 'still');
    remove('still');
  });

  it('holds a created container, and a failed create leaves none', () => {
    const dir = bundle('made', ['true'], () => undefined);
    assert.equal(spawnSync(runtime, ['--root', state, 'create', '-b', dir, 'made'], { stdio: 'ignore' }).status, 0);
    const { pid } = JSON.parse(ok('state', 'made')) as { pid: number };
    assert.equal(control(`${top}/made`, 'cgroup.procs'), String(pid));
    remove('made');
    const failed = bundle('never', ['/nowhere'], () => undefined);
    assert.equal(oci('create', '-b', failed, 'never').status, 1);
    assert.equal(present(`${top}/never`), false);
    const late = bundle('late', ['true'], () => undefined);
    assert.equal(oci('create', '-b', late, '--pid-file', '/nowhere/pid', 'late').status, 1);
    assert.equal(present(`${top}/late`), false);
  });

  it('refuses a limit without its controller at create', () => {
    const lacking = bundle('lacking', ['true'], ({ linux }) => {
      linux['resources'] = { unified: { 'nosuch.max': '1' } };
    });
    const run = oci('create', '-b', lacking, 'lacking');
    assert.equal(run.status, 1);
    const file = `${MOUNT}${top}/lacking/cgroup.controllers`;
    assert.equal(run.stderr, `slipway-runtime: cgroup ${file}: the nosuch controller is not available here\n`);
    assert.deepEqual([present(`${top}/lacking`), oci('list', '-q').stdout], [false, '']);
  });

  it('runs in the foreground and takes the cgroup away', () => {
    const run = oci(
      'run',
      '-b',
      bundle('fore', ['cat', '/proc/self/cgroup'], () => undefined),
      'fore',
    );
    assert.match(run.stdout, /^0::\/$/m);
    assert.equal(present(`${top}/fore`), false);
  });

  it('lists the processes', () => {
    start('many', ['sh', '-c', 'sleep 1001 & exec sleep 1002']);
    const { pid } = JSON.parse(ok('state', 'many')) as { pid: number };
    const pids = JSON.parse(ok('ps', '--format', 'json', 'many')) as number[];
    assert.ok(pids.includes(pid) && pids.length === 2, String(pids));
    const table = ok('ps', 'many').trim().split('\n');
    assert.match(table[0] ?? '', /PID/);
    assert.match(table.slice(1).join('\n'), /sleep 100[12][^]*sleep 100[12]/);
    assert.equal(table.length, 3);
    assert.equal(ok('ps', 'many', '-o', 'pid,comm').trim().split('\n').length, 3);
    remove('many');
  });

  it('kills everything, also what outlived the first process', () => {
    const path = start('left', ['sh', '-c', 'sleep 1000 & exit 0'], (spec) => {
      spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== 'pid');
    });
    while (status('left') !== 'stopped');
    assert.notEqual(control(path, 'cgroup.procs'), '');
    ok('kill', '--all', 'left', 'KILL');
    ok('delete', 'left');
    assert.equal(present(path), false);
  });

  it('signals all with any signal', () => {
    const path = start('term', ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.01; done']);
    ok('exec', 'term', 'true');
    ok('kill', '--all', 'term', 'KILL');
    while (status('term') !== 'stopped');
    ok('delete', 'term');
    assert.equal(present(path), false);
  });

  it('changes limits while running', { skip: lacks('hugetlb') }, () => {
    const path = start('update');
    const resources = JSON.stringify({ unified: { 'hugetlb.2MB.max': String(8 << 20) } });
    const run = spawnSync(runtime, ['--root', state, 'update', '--resources', '-', 'update'], {
      input: resources,
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    assert.equal(control(path, 'hugetlb.2MB.max'), String(8 << 20));
    remove('update');
  });

  it('takes the options of update', { skip: lacks('memory', 'cpu', 'pids') }, () => {
    const path = start('flags');
    ok(
      'update',
      '--memory',
      '64m',
      '--memory-swap',
      '96m',
      '--cpu-quota',
      '20000',
      '--cpu-share',
      '512',
      '--pids-limit',
      '20',
      'flags',
    );
    assert.deepEqual(
      ['memory.max', 'memory.swap.max', 'cpu.max', 'cpu.weight', 'pids.max'].map((file) => control(path, file)),
      [String(64 << 20), String(32 << 20), '20000 100000', '59', '20'],
    );
    ok('update', '--cpu-period', '50000', 'flags');
    assert.equal(control(path, 'cpu.max'), '20000 50000');
    remove('flags');
  });

  for (const [args, reason] of [
    [['--memory', '12x', 'wrong'], /no value for --memory/],
    [['--memory', '9999999999g', 'wrong'], /no value for --memory/],
    [['--cpu-quota', '', 'wrong'], /no value for --cpu-quota/],
    [['--memory-swap', '1g', 'wrong'], /memory\.swap: .*needs memory\.limit/],
    [['--kernel-memory', '1g', 'wrong'], /can't be kept/],
    [['--resources', '/nowhere', 'wrong'], /\/nowhere/],
    [[], /one container id is required/],
  ] as const)
    it(`refuses update ${args.join(' ')}`, () => {
      const run = oci('update', ...args);
      assert.equal(run.status, 1);
      assert.match(run.stderr, reason);
    });

  it('tells what is used, once and until the end', async () => {
    start('used');
    const stats = JSON.parse(ok('events', '--stats', 'used')) as {
      type: string;
      id: string;
      data: { cpu: { usage: { total: number } } };
    };
    assert.deepEqual([stats.type, stats.id, stats.data.cpu.usage.total > 0], ['stats', 'used', true]);
    assert.match(oci('events', '--interval', 'soon', 'used').stderr, /no interval/);
    const child = spawn(runtime, ['--root', state, 'events', '--interval', '10ms', 'used'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let lines = '';
    const ended = new Promise((done) => child.on('close', done));
    await new Promise<void>((done) =>
      child.stdout.on('data', (data: Buffer) => {
        lines += data.toString();
        if (lines.split('\n').length > 3) done();
      }),
    );
    ok('kill', '--all', 'used', 'KILL');
    assert.equal(await ended, 0);
    assert.equal((JSON.parse(lines.split('\n')[2] ?? '') as { id: string }).id, 'used');
    ok('delete', 'used');
  });

  it('gives a place of its own to a container that says nothing of one', () => {
    const dir = bundle('own', ['sleep', '1000'], (spec) => delete spec.linux['cgroupsPath']);
    assert.equal(spawnSync(runtime, ['--root', state, 'run', '-d', '-b', dir, 'own'], { stdio: 'ignore' }).status, 0);
    ok('pause', 'own');
    assert.equal(status('own'), 'paused');
    ok('delete', '--force', 'own');
    assert.equal(present('/slipway-oci-own'), false);
  });

  it('puts an exec into a group below', () => {
    start('nested', ['sh', '-c', 'mkdir /sys/fs/cgroup/inner && exec sleep 1000'], (spec) => {
      spec.mounts.push({ destination: '/sys/fs/cgroup', type: 'cgroup2', source: 'cgroup', options: ['rw'] });
    });
    const group = (...words: string[]): SpawnSyncReturns<string> =>
      oci(
        'exec',
        ...words,
        'nested',
        'sh',
        '-c',
        'until test -d /sys/fs/cgroup/inner; do :; done; cat /proc/self/cgroup',
      );
    assert.match(group().stdout, /^0::\/$/m);
    assert.match(group('--cgroup', '/inner').stdout, /^0::\/inner$/m);
    assert.match(group('--cgroup', 'none').stderr, /nested\/none/);
    assert.match(group('--cgroup', '../..').stderr, /--cgroup: must lie below the container's/);
    remove('nested');
  });

  it('says that there is no cgroup', () => {
    const words = ['--root', state, '--cgroup-manager', 'disabled', 'run', '-d', '-b'];
    assert.equal(
      spawnSync(runtime, [...words, bundle('none', ['sleep', '1000'], () => undefined), 'none'], { stdio: 'ignore' })
        .status,
      0,
    );
    for (const words of [['pause'], ['resume'], ['ps'], ['events', '--stats'], ['update', '--pids-limit', '3']])
      assert.match(oci(...words, 'none').stderr, /find cgroup of container none: it has none/);
    assert.match(oci('exec', '--cgroup', 'x', 'none', 'true').stderr, /--cgroup: the container has no cgroup/);
    remove('none');
  });
});
