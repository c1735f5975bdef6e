// Exec into a running container.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { existsSync } from 'node:fs';
import { defaultSeccomp } from './profile.ts';
import { processSpec, Sandbox, unavailable, type Shim } from './support.ts';

describe('exec', { skip: unavailable, timeout: 120_000 }, () => {
  const box = new Sandbox();
  let container: Shim;
  before(async () => {
    const spec = box.spec(['sleep', '1000']);
    spec.linux.seccomp = defaultSeccomp();
    container = await box.start(spec);
  });
  after(() => {
    box.dispose();
  });

  it('runs in the namespaces and root of the container', async () => {
    const end = await (
      await box.exec(
        container,
        processSpec(['sh', '-c', 'hostname; cat /proc/1/cmdline | tr "\\0" " "; echo; ip -o link | wc -l; echo $PPID']),
      )
    ).finish();
    assert.equal(end.stdout, 'box\nsleep 1000 \n1\n0\n');
    for (const name of ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup']) {
      const shim = await box.exec(
        container,
        processSpec(['sh', '-c', `test "$(readlink /proc/self/ns/${name})" = "$(readlink /proc/1/ns/${name})"`]),
      );
      assert.equal((await shim.finish()).exitCode, 0, name);
    }
  });

  it('has a terminal of the container and an exit code', async () => {
    const shim = await box.exec(
      container,
      processSpec(['sh'], { terminal: true, consoleSize: { height: 20, width: 70 } }),
      { stdin: true, hold: true },
    );
    const client = await shim.attach();
    client.type('tty; stty size; exit 5\n');
    assert.equal(await client.exit, 5);
    assert.match(client.stdout, /\/dev\/pts\/\d+\r\n20 70\r\n/);
  });

  it('passes input and output through pipes', async () => {
    const shim = await box.exec(container, processSpec(['sh', '-c', 'cat; echo err >&2']), { stdin: true, hold: true });
    const client = await shim.attach();
    client.type('abc');
    client.send(0);
    assert.deepEqual([await client.exit, client.stdout, client.stderr], [0, 'abc', 'err\n']);
  });

  it('runs as another user, with the capabilities and the filter asked for', async () => {
    const spec = processSpec(['sh', '-c', 'id -u; grep -E "^(CapEff|CapBnd|Seccomp):" /proc/self/status'], {
      user: { uid: 1000, gid: 1000 },
    });
    const { stdout } = await (await box.exec(container, spec)).finish();
    assert.equal(stdout, '1000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\nSeccomp:\t2\n');
  });

  it('inherits no descriptor', async () => {
    const { stdout } = await (
      await box.exec(container, processSpec(['sh', '-c', 'for fd in /proc/self/fd/*; do echo ${fd##*/}; done']))
    ).finish();
    assert.equal(stdout, '0\n1\n2\n3\n');
  });

  it('is not to be looked into by the container while it joins', async () => {
    // The container's root watches every new process and tries to open its program: all it may ever see is its own.
    const watch =
      'while :; do for p in /proc/[0-9]*; do readlink $p/exe; done; done 2>/dev/null | grep -v -E "^/bin/busybox$"';
    const watcher = await box.exec(container, processSpec(['sh', '-c', watch]));
    for (let i = 0; i < 20; i++) await (await box.exec(container, processSpec(['true']))).finish();
    process.kill(watcher.pid, 'SIGKILL');
    assert.equal((await watcher.finish()).stdout, '');
  });

  const failures: [string[], number][] = [
    [['nope'], 127],
    [['/bin/not-executable'], 126],
    [['/etc'], 126],
  ];
  for (const [args, code] of failures) {
    it(`refuses ${args[0] ?? ''} with ${code}`, async () => {
      const shim = await box.exec(container, processSpec(args));
      assert.deepEqual([shim.ready.status, shim.ready.code, shim.ready.step], ['error', code, 'exec']);
      assert.ok(!existsSync(shim.socket));
    });
  }

  it('does not make a missing working directory', async () => {
    const shim = await box.exec(container, processSpec(['true'], { cwd: '/not/there' }));
    assert.deepEqual([shim.ready.code, shim.ready.step, shim.ready.errno], [125, 'chdir', 2]);
  });

  it('refuses a process that is another than meant', async () => {
    const other = Object.assign(Object.create(container) as Shim, { ready: { ...container.ready, startTime: 1 } });
    const shim = await box.exec(other, processSpec(['true']));
    assert.deepEqual([shim.ready.code, shim.ready.errno], [125, 3]);
    assert.match(shim.ready.message ?? '', /has ended/);
  });

  it('ends with the container', async () => {
    const short = await box.start(box.spec(['sleep', '1000']));
    const shim = await box.exec(short, processSpec(['sleep', '2000']));
    process.kill(short.pid, 'SIGKILL');
    assert.equal((await shim.finish()).signal, 9);
    const late = await box.exec(short, processSpec(['true']));
    assert.equal(late.ready.code, 125);
  });

  it('does not wait for what it leaves behind in the container', async () => {
    const shim = await box.exec(container, processSpec(['sh', '-c', 'sleep 1000 & echo left']));
    const end = await shim.finish();
    assert.deepEqual([end.exitCode, end.stdout], [0, 'left\n']);
  });

  it('believes no terminal that the container has faked', async () => {
    const spec = box.spec(['sh', '-c', 'sleep 1000']);
    spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev/pts');
    const faked = await box.start(spec);
    await (await box.exec(faked, processSpec(['sh', '-c', 'mkdir /dev/pts; mkfifo /dev/pts/ptmx']))).finish();
    const shim = await box.exec(faked, processSpec(['sh'], { terminal: true }));
    assert.deepEqual([shim.ready.code, shim.ready.message], [125, 'not a devpts']);
  });
});
