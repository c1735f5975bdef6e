// SCMP_ACT_NOTIFY: an agent is told of the container's process and answers its system calls.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { ociBox } from './oci-box.ts';
import { compile, withoutCompiler } from './probe.ts';
import { unavailable, type Spec } from './support.ts';

interface Told {
  ociVersion: string;
  fds: string[];
  pid: number;
  metadata: string;
  state: { id: string; status: string; pid: number; bundle: string; annotations?: object };
}

const skip = unavailable !== false ? unavailable : withoutCompiler;

describe('seccomp notification', { skip, timeout: 60_000 }, () => {
  const { box, oci, detached, bundle, dispose } = ociBox();
  after(dispose);
  const program = skip === false ? compile(box, 'agent') : '';
  let count = 0;
  const rule = { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_NOTIFY' };
  const filter = (path: string | undefined, more: object = {}): object => ({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [rule],
    ...(path === undefined ? {} : { listenerPath: path, listenerMetadata: 'told "so"' }),
    ...more,
  });
  const asking = (path: string | undefined, args: string[], more: object = {}): string =>
    bundle(args, (spec: Spec) => {
      spec.linux.seccomp = filter(path, more);
      Object.assign(spec, { annotations: { a: 'b' } });
    });

  /** Starts an agent; `told` is what it has been told, `ended` its exit code. */
  async function agent(): Promise<{ path: string; told: Promise<Told>; ended: Promise<unknown> }> {
    const path = join(box.dir, `agent-${++count}`);
    const child = spawn(program, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => String((await lines.next()).value);
    const ended = once(child, 'exit').then(([code]: unknown[]) => code);
    assert.equal(await next(), 'ready');
    return { path, told: next().then((line) => JSON.parse(line) as Told), ended };
  }
  const make = ['sh', '-c', 'mkdir /made && echo said so; ls -d /made 2>/dev/null'];

  it('lets the agent answer, and tells it whose the calls are', async () => {
    const { path, told, ended } = await agent();
    const dir = asking(path, make);
    assert.equal(detached('create', '-b', dir, 'asks'), 0);
    const { pid } = JSON.parse(oci('state', 'asks').stdout) as { pid: number };
    assert.equal(oci('start', 'asks').status, 0);
    const state = await told;
    assert.deepEqual(
      [state.fds, state.pid, state.metadata, state.state],
      [
        ['seccompFd'],
        pid,
        'told "so"',
        { ociVersion: state.ociVersion, id: 'asks', status: 'created', pid, bundle: dir, annotations: { a: 'b' } },
      ],
    );
    assert.equal(await ended, 0);
    oci('delete', '-f', 'asks');
  });

  it('serves run and exec, each with a connection of its own', async () => {
    const first = await agent();
    const dir = asking(first.path, ['sh', '-c', 'mkdir /made; exec sleep 1000'], {
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
    });
    assert.equal(detached('run', '-d', '-b', dir, 'served'), 0);
    assert.equal((await first.told).state.status, 'creating');
    assert.match(oci('exec', 'served', 'true').stderr, /seccomp listener .*agent-\d+: /);
    oci('delete', '-f', 'served');
    assert.equal(await first.ended, 0);
    const second = await agent();
    const run = oci('run', '-b', asking(second.path, make), 'printed');
    assert.deepEqual([run.stdout, run.stderr], ['said so\n', '']);
    assert.equal(await second.ended, 0);
  });

  it('kills the wait of an agent only for a fatal signal where that is asked', async () => {
    const { path, ended } = await agent();
    const flags = ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'];
    assert.equal(oci('run', '-b', asking(path, make, { flags }), 'patient').stdout, 'said so\n');
    assert.equal(await ended, 0);
  });

  it('needs no agent where no rule asks one', () => {
    const dir = asking('/nowhere', ['echo', 'runs'], { syscalls: [] });
    assert.equal(oci('run', '-b', dir, 'unasked').stdout, 'runs\n');
  });

  const wrong: [string, string | undefined, object, RegExp][] = [
    ['no agent is there', join(box.dir, 'nobody'), {}, /seccomp listener .*nobody: No such file/],
    ['a path too long', `/${'x'.repeat(200)}`, {}, /seccomp listener .*path too long/],
    ['no listenerPath', undefined, {}, /seccomp\.listenerPath: SCMP_ACT_NOTIFY needs it/],
    [
      'listenerMetadata alone',
      undefined,
      { syscalls: [], listenerMetadata: 'x' },
      /listenerMetadata: needs listenerPath/,
    ],
    ['a rule for sendmsg', '/x', { syscalls: [{ ...rule, names: ['sendmsg'] }] }, /can't be for sendmsg/],
    ['it as the default', '/x', { defaultAction: 'SCMP_ACT_NOTIFY' }, /can't be the default/],
    [
      'patience without a rule',
      '/x',
      { syscalls: [], flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] },
      /WAIT_KILLABLE_RECV needs SCMP_ACT_NOTIFY/,
    ],
  ];
  for (const [what, path, more, message] of wrong) {
    it(`is refused with ${what}, and nothing is left`, () => {
      const run = oci('run', '-b', asking(path, ['true'], more), 'wrong');
      assert.deepEqual([run.status, message.test(run.stderr)], [1, true], run.stderr);
      assert.equal(oci('list', '-q').stdout, '');
    });
  }

  it('is refused by the shim', async () => {
    const spec = box.spec(['true']);
    spec.linux.seccomp = filter('/x');
    await assert.rejects(box.run(spec), /SCMP_ACT_NOTIFY is not served by the shim/);
  });
});
