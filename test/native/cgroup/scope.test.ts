// `--systemd-cgroup`: the container lives in a transient scope asked for over D-Bus; a systemd that does anything else leaves nothing.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Sandbox, runtime } from '../runtime/support.ts';
import { Bus, failure, jobRemoved, returned, type BusOptions } from './bus.ts';
import { MOUNT, below, control, noCgroups, present, runWithCgroups } from './support.ts';

runWithCgroups(import.meta.filename);

const skip = noCgroups !== false ? noCgroups : process.getuid?.() !== 0 && 'not root';

describe('a container in a systemd scope', { skip, timeout: 120_000 }, () => {
  const box = new Sandbox();
  const state = join(box.dir, 'state');
  const top = `/slipway-scope-${process.pid}`;
  const buses: Bus[] = [];
  let count = 0;
  after(() => {
    for (const bus of buses) bus.close();
    box.dispose();
    for (const name of present(top) ? below(top) : []) rmdirSync(join(MOUNT, top, name));
    if (present(top)) rmdirSync(join(MOUNT, top));
  });

  interface End {
    readonly code: number | null;
    readonly stderr: string;
  }
  /** Not spawnSync: the bus is in this process. A container that stays must not hold a pipe open, so words go to a file. */
  function oci(bus: Bus, ...args: string[]): Promise<End> {
    const env = { PATH: process.env['PATH'], DBUS_SYSTEM_BUS_ADDRESS: bus.address };
    const log = join(box.dir, `log${++count}`);
    const words = ['--root', state, '--log', log, '--systemd-cgroup', ...args];
    const child = spawn(runtime, words, { env, stdio: 'ignore' });
    return new Promise((done) =>
      child.on('exit', (code) => {
        done({ code, stderr: code === 0 ? '' : readFileSync(log, 'utf8') });
      }),
    );
  }
  function bundle(path: string, args = ['sleep', '1000'], resources: object = {}): string {
    const dir = join(box.dir, `bundle${++count}`);
    mkdirSync(dir);
    const spec = box.spec(args);
    Object.assign(spec.linux, { cgroupsPath: path, resources });
    writeFileSync(join(dir, 'config.json'), JSON.stringify(spec));
    return dir;
  }
  async function listen(options: BusOptions = {}): Promise<Bus> {
    const bus = await Bus.listen(join(box.dir, `bus${++count}`), { top, ...options });
    buses.push(bus);
    return bus;
  }
  const mine = (): string[] => (present(top) ? below(top) : []);
  const children = (): string[] =>
    readdirSync('/proc').filter((pid) => {
      try {
        const text = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cgroup`, 'utf8') : '';
        return text.includes(top) && !text.includes('(deleted)'); // a process that nobody has reaped is no more
      } catch {
        return false;
      }
    });

  it('is born in it, alone, and both end with delete', async () => {
    const bus = await listen();
    const run = await oci(bus, 'run', '--detach', '-b', bundle('test.slice:slipway:one'), 'one');
    assert.equal(run.code, 0, run.stderr);
    const scope = `${top}/slipway-one.scope`;
    const pid = control(scope, 'cgroup.procs');
    assert.match(pid, /^\d+$/, 'the process that kept the scope is gone');
    // `run --detach` returns once the process may go on, which can be before its exec.
    while (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep')) await new Promise(setImmediate);
    const call = bus.calls.find(({ member }) => member === 'StartTransientUnit');
    assert.deepEqual(
      [call?.body[0], Object.fromEntries(call?.body[2] as [string, string][])['Slice']],
      ['slipway-one.scope', 'test.slice'],
    );
    assert.equal((await oci(bus, 'exec', 'one', 'true')).code, 0);
    assert.equal((await oci(bus, 'delete', '--force', 'one')).code, 0);
    assert.deepEqual(
      bus.calls.filter(({ member }) => member === 'StopUnit').map(({ body }) => body),
      [['slipway-one.scope', 'replace']],
    );
    assert.deepEqual(mine(), []);
  });

  it('sets limits on its files', async () => {
    const bus = await listen();
    const unified = { unified: { 'hugetlb.2MB.max': '4194304' } };
    const run = await oci(bus, 'run', '--detach', '-b', bundle(':slipway:two', undefined, unified), 'two');
    // The fake systemd hands down no controllers; slipway-runtime does where it may.
    assert.equal(run.code, 0, run.stderr);
    assert.equal(control(`${top}/slipway-two.scope`, 'hugetlb.2MB.max'), '4194304');
    const call = bus.calls.find(({ member }) => member === 'StartTransientUnit');
    assert.equal(Object.fromEntries(call?.body[2] as [string, string][])['Slice'], 'system.slice');
    assert.equal((await oci(bus, 'delete', '--force', 'two')).code, 0);
    assert.deepEqual(mine(), []);
  });

  it('leaves neither process nor cgroup when the container does not start', async () => {
    const bus = await listen();
    const end = await oci(bus, 'run', '-b', bundle('test.slice:slipway:three', ['/nowhere']), 'three');
    assert.equal(end.code, 1);
    assert.deepEqual([mine(), children()], [[], []]);
    assert.ok(bus.calls.some(({ member }) => member === 'StopUnit'));
  });

  for (const path of [
    '/a/b',
    'test.slice',
    'test.slice:slipway',
    'a:b:c:d',
    'test.slice:slipway:',
    'a/b:c:d',
    `a:b:${'x'.repeat(250)}`,
  ])
    it(`refuses the path ${path.slice(0, 24)}`, async () => {
      const bus = await listen();
      const end = await oci(bus, 'run', '-b', bundle(path), 'wrong');
      assert.match(end.stderr, /config linux\.cgroupsPath: /);
      assert.deepEqual(bus.calls, []);
    });

  const start = (answer: (serial: number, unit: string) => Buffer[]): BusOptions => ({
    answer: (call, serial) => (call.member === 'StartTransientUnit' ? answer(serial, String(call.body[0])) : undefined),
  });
  const hostile: [string, BusOptions, RegExp][] = [
    [
      'refuses',
      start((serial) => [failure(serial, 'org.freedesktop.DBus.Error.AccessDenied', 'not for you')]),
      /AccessDenied: not for you/,
    ],
    [
      'has the unit',
      start((serial) => [failure(serial, 'org.freedesktop.systemd1.UnitExists', 'already there')]),
      /UnitExists: already there/,
    ],
    [
      'fails the job',
      start((serial, unit) => [returned(serial, ['/job']), jobRemoved(unit, 'timeout')]),
      /did not make the scope: timeout/,
    ],
    [
      'moves nothing',
      start((serial, unit) => [returned(serial, ['/job']), jobRemoved(unit)]),
      /did not move the process/,
    ],
    ['talks nonsense', start(() => [Buffer.from('nonsense nonsense nonsense')]), /malformed/],
  ];
  for (const [name, options, reason] of hostile)
    it(`leaves nothing when systemd ${name}`, async () => {
      const bus = await listen(options);
      const end = await oci(bus, 'run', '-b', bundle('test.slice:slipway:four'), 'four');
      assert.equal(end.code, 1);
      assert.match(end.stderr, reason);
      assert.deepEqual([mine(), children()], [[], []]);
    });
});
