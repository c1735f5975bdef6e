// What becomes of the process: exit codes, signals, errors of a start, user, limits, working directory.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inUserNamespace, Sandbox, unavailable } from './support.ts';

describe('process', { skip: unavailable, timeout: 120_000 }, () => {
  const box = new Sandbox();
  after(() => {
    box.dispose();
  });

  it('runs, is logged and ends with 0', async () => {
    const end = await box.run(box.spec(['echo', 'hello', 'wörld']));
    assert.deepEqual([end.exitCode, end.signal, end.stdout, end.stderr], [0, null, 'hello wörld\n', '']);
    assert.ok((end.ready.pid ?? 0) > 0 && (end.ready.startTime ?? 0) > 0);
  });

  it('ends with the exit code of the process', async () => {
    const end = await box.run(box.spec(['sh', '-c', 'echo out; echo err >&2; exit 3']));
    assert.deepEqual([end.exitCode, end.signal, end.stdout, end.stderr], [3, null, 'out\n', 'err\n']);
  });

  it('ends with 128 + the signal', async () => {
    const shim = await box.start(box.spec(['sleep', '100']));
    process.kill(shim.pid, 'SIGKILL');
    const end = await shim.finish();
    assert.deepEqual([end.exitCode, end.signal], [137, 9]);
  });

  const failures: [string, string[], number, number, RegExp][] = [
    ['a name that is not on PATH', ['no-such-command'], 127, 2, /executable file not found in \$PATH/],
    ['a path that does not exist', ['/bin/missing'], 127, 2, /No such file/],
    ['an empty name', [''], 127, 2, /No such file/],
    ['a file without permission', ['/bin/not-executable'], 126, 13, /Permission denied/],
    ['the same by name', ['not-executable'], 126, 13, /Permission denied/],
    ['a directory', ['/bin'], 126, 21, /Is a directory/],
    ['a file that is no program', ['/bin/no-format'], 126, 8, /exec format error/],
    ['a script without its interpreter', ['/bin/no-interpreter'], 127, 2, /interpreter or loader is missing/],
  ];
  for (const [what, args, code, errno, message] of failures) {
    it(`refuses ${what} with ${code}`, async () => {
      const shim = await box.start(box.spec(args));
      assert.equal(await shim.ended, 1);
      const { ready } = shim;
      assert.deepEqual([ready.status, ready.code, ready.step, ready.errno], ['error', code, 'exec', errno]);
      assert.match(ready.message ?? '', message);
      assert.ok(!existsSync(shim.socket), 'the socket is gone');
      assert.ok(!existsSync(shim.exitFile), 'no exit file');
    });
  }

  it('leaves no mount behind after a failed start', async () => {
    const spec = box.spec(['no-such-command']);
    await box.start(spec);
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(spec.root.path));
    assert.deepEqual(readdirSync(spec.root.path), []);
  });

  it('makes a missing working directory, owned by root', async () => {
    const end = await box.run(
      box.spec(['sh', '-c', 'pwd; stat -c %u:%g .'], { cwd: '/srv/deep/er', user: { uid: 1000, gid: 1000 } }),
    );
    assert.equal(end.stdout, '/srv/deep/er\n0:0\n');
  });

  it('refuses a working directory that is a file', async () => {
    const shim = await box.start(box.spec(['true'], { cwd: '/etc/passwd' }));
    assert.deepEqual([shim.ready.code, shim.ready.step, shim.ready.path], [125, 'chdir', '/etc/passwd']);
  });

  it('runs as another user with groups and umask and without capabilities', async () => {
    const user = { uid: 1000, gid: 1000, additionalGids: [10, 20], umask: 0o77 };
    const end = await box.run(
      box.spec(['sh', '-c', 'id -u; id -G; umask; grep CapEff /proc/self/status; echo x >/tmp/x'], { user }),
    );
    const [uid, groups, mask, effective] = end.stdout.split('\n');
    assert.deepEqual([uid, groups, mask], ['1000', '1000 10 20', '0077']);
    assert.match(effective ?? '', /0000000000000000$/);
    assert.equal(end.exitCode, 1, "/tmp of the image is root's and not writable");
  });

  it('lets another user open /dev/stdout and /dev/stderr', async () => {
    const end = await box.run(
      box.spec(['sh', '-c', 'echo one >/dev/stdout; echo two >/dev/stderr'], { user: { uid: 1000, gid: 1000 } }),
    );
    assert.deepEqual([end.exitCode, end.stdout, end.stderr], [0, 'one\n', 'two\n']);
  });

  it('refuses an id that is not mapped', { skip: !inUserNamespace && 'every id is mapped for root' }, async () => {
    const shim = await box.start(box.spec(['true'], { user: { uid: 70000000, gid: 0 } }));
    assert.match(shim.ready.message ?? '', /not mapped/);
    assert.equal(shim.ready.code, 125);
  });

  it('sets resource limits and oom_score_adj', async () => {
    const rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    ];
    const end = await box.run(
      box.spec(['sh', '-c', 'ulimit -n; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj'], {
        rlimits,
        oomScoreAdj: 500,
      }),
    );
    assert.equal(end.stdout, '100\n200\n0\n500\n');
  });

  it('starts without signals ignored or blocked', async () => {
    const end = await box.run(box.spec(['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status']));
    assert.deepEqual(end.stdout.match(/[0-9a-f]{16}/g)?.slice(0, 2), ['0'.repeat(16), '0'.repeat(16)]);
  });

  it('has exactly the environment of the config', async () => {
    const end = await box.run(box.spec(['env'], { env: ['PATH=/bin', 'A=b c', 'EMPTY=', 'HOME=/x'] }));
    assert.equal(end.stdout, 'PATH=/bin\nA=b c\nEMPTY=\nHOME=/x\n');
  });

  it('finds programs on the usual PATH when none is set', async () => {
    const end = await box.run(box.spec(['echo', 'found'], { env: [] }));
    assert.equal(end.stdout, 'found\n');
  });

  it('is killed with the shim', async () => {
    const shim = await box.start(box.spec(['sleep', '1000']));
    const stat = `/proc/${shim.pid}`;
    shim.kill();
    await shim.ended;
    // The kernel sends the signal before the shim's end is reported; the process still has to die.
    while (existsSync(stat) && !readFileSync(`${stat}/stat`, 'utf8').includes(') Z ')) await new Promise(setImmediate);
  });

  it('uses a rootfs directory as it is, and read-only when asked', async () => {
    const spec = box.spec(['sh', '-c', 'touch /new; echo $?; touch /dev/shm/ok; echo $?'], { cwd: '/work' });
    spec.mounts.shift();
    spec.root = { path: box.rootfs, readonly: true };
    for (const name of ['proc', 'sys', 'dev', 'work']) mkdirSync(join(box.rootfs, name), { recursive: true });
    const end = await box.run(spec);
    assert.deepEqual([end.stdout, end.stderr], ['1\n0\n', 'touch: /new: Read-only file system\n']);
  });
});
