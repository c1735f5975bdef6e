// The six hooks: their order, where each runs, what each is told; failures and time-outs leave nothing behind.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ociBox } from './oci-box.ts';
import { unavailable } from './support.ts';

interface Hook {
  path: string;
  args?: string[];
  env?: string[];
  timeout?: number;
}
type Hooks = Partial<
  Record<'prestart' | 'createRuntime' | 'createContainer' | 'startContainer' | 'poststart' | 'poststop', Hook[]>
>;

describe('hooks', { skip: unavailable, timeout: 120_000 }, () => {
  const { box, oci, detached, bundle: bundleOf, dispose } = ociBox();
  after(dispose);
  const bundle = (args: string[], hooks: Hooks): string =>
    bundleOf(args, (spec) => Object.assign(spec, { hooks, annotations: { a: 'b' } }));
  /** A hook that writes its name, its mount namespace and its state to a file of the host. */
  function recorder(log: string, name: string): Hook {
    const script = `printf '%s\\n%s\\n%s\\n' "$NAME" "$(readlink /proc/self/ns/mnt)" "$(cat)" >> ${log}`;
    return { path: '/bin/busybox', args: ['sh', '-c', script], env: [`NAME=${name}`, 'PATH=/usr/bin:/bin'] };
  }
  interface Run {
    name: string;
    namespace: string;
    told: Record<string, unknown>;
  }
  function runs(log: string): Run[] {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    return Array.from({ length: lines.length / 3 }, (_, index) => ({
      name: lines[3 * index]!,
      namespace: lines[3 * index + 1]!,
      told: JSON.parse(lines[3 * index + 2]!) as Record<string, unknown>,
    }));
  }

  it('run in the order and the namespaces of the specification, with the state on standard input', () => {
    const log = join(box.dir, 'order.log');
    const inside = `cat > /started; echo "$NAME" >> /names`;
    const dir = bundle(['sh', '-c', 'cat /names /started > /seen; exec sleep 100'], {
      prestart: [recorder(log, 'prestart')],
      createRuntime: [recorder(log, 'createRuntime')],
      createContainer: [recorder(log, 'createContainer')],
      startContainer: [{ path: '/bin/busybox', args: ['sh', '-c', inside], env: ['NAME=startContainer', 'PATH=/bin'] }],
      poststart: [recorder(log, 'poststart')],
      poststop: [recorder(log, 'poststop')],
    });
    assert.equal(detached('create', '--bundle', dir, 'order'), 0);
    const own = readlinkSync('/proc/self/ns/mnt');
    const created = runs(log);
    assert.deepEqual(
      created.map(({ name, namespace }) => [name, namespace === own]),
      [
        ['prestart', true],
        ['createRuntime', true],
        ['createContainer', false],
      ],
    );
    const { pid } = JSON.parse(oci('state', 'order').stdout) as { pid: number };
    assert.deepEqual(created[1]?.told, {
      ociVersion: '1.2.0',
      id: 'order',
      status: 'creating',
      pid,
      bundle: dir,
      annotations: { a: 'b' },
    });
    assert.equal(oci('start', 'order').status, 0);
    assert.deepEqual(
      runs(log)
        .slice(3)
        .map(({ name, namespace, told }) => [name, namespace === own, told['status'], told['pid']]),
      [['poststart', true, 'running', pid]],
    );
    detached('kill', 'order', 'KILL');
    assert.equal(oci('delete', '--force', 'order').status, 0);
    const last = runs(log).at(-1);
    assert.deepEqual([last?.name, last?.told['status'], last?.told['pid']], ['poststop', 'stopped', 0]);
  });

  it('startContainer runs inside, before the program', () => {
    const hook = { path: '/bin/busybox', args: ['sh', '-c', 'cat > /tmp/told; echo >> /tmp/told; pwd >> /tmp/told'] };
    const dir = bundle(['cat', '/tmp/told'], { startContainer: [hook] });
    const { status, stdout } = oci('run', '--bundle', dir, 'inside');
    assert.equal(status, 0);
    const [told = '', cwd] = stdout.split('\n');
    assert.equal((JSON.parse(told) as Record<string, unknown>)['status'], 'created');
    assert.equal(cwd, '/');
  });

  it('one that fails ends the start with its last words, and poststop is run', () => {
    for (const kind of ['prestart', 'createRuntime', 'createContainer', 'startContainer'] as const) {
      const log = join(box.dir, `${kind}.log`);
      const failing = { path: '/bin/busybox', args: ['sh', '-c', 'echo first; echo no luck >&2; exit 3'] };
      const dir = bundle(['true'], { [kind]: [failing], poststop: [recorder(log, 'poststop')] });
      const run = oci('run', '--bundle', dir, 'failing');
      assert.equal(run.status, 1, kind);
      assert.match(run.stderr, /hook \/bin\/busybox: ended with exit code 3: no luck/, kind);
      assert.equal(oci('list', '-q').stdout, '', kind);
      assert.deepEqual(
        runs(log).map(({ name }) => name),
        ['poststop'],
        kind,
      );
    }
  });

  it('start tells what fails behind the gate', () => {
    const dir = bundle(['true'], { startContainer: [{ path: '/bin/busybox', args: ['false'] }] });
    assert.equal(detached('create', '--bundle', dir, 'gated'), 0);
    const started = oci('start', 'gated');
    assert.equal(started.status, 1);
    assert.match(started.stderr, /hook \/bin\/busybox: ended with exit code 1/);
    assert.equal(oci('delete', 'gated').status, 0);
  });

  it('one that takes longer than its time-out is killed with its children', () => {
    const mark = join(box.dir, 'alive');
    const hook = { path: '/bin/busybox', args: ['sh', '-c', `sleep 60 & echo $! > ${mark}; wait`], timeout: 1 };
    const run = oci('run', '--bundle', bundle(['true'], { createRuntime: [hook] }), 'slow');
    assert.equal(run.status, 1);
    assert.match(run.stderr, /killed after its time-out of 1 s/);
    const child = readFileSync(mark, 'utf8').trim();
    const status = existsSync(`/proc/${child}/status`) ? readFileSync(`/proc/${child}/status`, 'utf8') : 'State:\tZ';
    assert.match(status, /^State:\t[ZX]/m, 'nobody waits for it any more');
  });

  it('poststart and poststop that fail are warnings, in the log too, and the next ones are run', () => {
    const log = join(box.dir, 'warn.log');
    const told = join(box.dir, 'runtime.log');
    const missing = { path: '/nowhere/hook' };
    const dir = bundle(['true'], {
      poststart: [missing, recorder(log, 'poststart')],
      poststop: [missing, recorder(log, 'poststop')],
    });
    const run = oci('--log', told, '--log-format', 'json', 'run', '--bundle', dir, 'warned');
    assert.equal(run.status, 0);
    assert.equal(run.stderr.match(/warning: hook \/nowhere\/hook: No such file/g)?.length, 2);
    assert.deepEqual(
      runs(log).map(({ name }) => name),
      ['poststart', 'poststop'],
    );
    const [line = ''] = readFileSync(told, 'utf8').split('\n');
    assert.equal((JSON.parse(line) as { level: string }).level, 'warning');
  });

  it('wrong ones are errors with their place', () => {
    const cases: [unknown, RegExp][] = [
      [{ prestart: [{ path: 'relative' }] }, /hooks\.prestart\[0\]\.path: must be an absolute path/],
      [{ poststop: [{}] }, /hooks\.poststop\[0\]\.path: is required/],
      [{ createRuntime: [{ path: '/x', timeout: 0 }] }, /hooks\.createRuntime\[0\]\.timeout/],
      [{ poststart: {} }, /hooks\.poststart/],
    ];
    for (const [hooks, expected] of cases) {
      const run = oci('run', '--bundle', bundle(['true'], hooks as Hooks), 'wrong');
      assert.equal(run.status, 1);
      assert.match(run.stderr, expected);
    }
  });
});
