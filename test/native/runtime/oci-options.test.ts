// Options of the OCI command line beyond a container's plain life, in runc's and crun's words.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProbe, withoutCompiler } from './probe.ts';
import { ociBox } from './oci-box.ts';
import { processSpec, runtime, unavailable } from './support.ts';

describe('OCI options', { skip: unavailable, timeout: 120_000 }, () => {
  const { box, state, oci, detached, bundle, dispose } = ociBox();
  after(dispose);

  const start = (id: string): void => {
    assert.equal(detached('run', '-d', '-b', bundle(['sleep', '1000']), id), 0);
  };

  describe('descriptors', () => {
    const file = join(box.dir, 'handed-over');
    writeFileSync(file, 'handed over\n');
    const withFiles = (files: number, env: NodeJS.ProcessEnv, ...args: string[]): SpawnSyncReturns<string> => {
      const fds = Array.from({ length: files }, () => openSync(file, 'r'));
      const done = spawnSync(runtime, ['--root', state, ...args], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe', ...fds],
        timeout: 20_000,
      });
      for (const fd of fds) closeSync(fd);
      return done;
    };
    const list = 'for fd in /proc/self/fd/*; do echo -n "${fd##*/} "; done; cat <&3; cat <&4';

    it('keeps as many as it is told, and no other', () => {
      const done = withFiles(3, {}, 'run', '--preserve-fds', '2', '-b', bundle(['sh', '-c', list]), 'kept');
      // 5 is the listing itself: the third file has not come along.
      assert.deepEqual([done.stderr, done.stdout], ['', '0 1 2 3 4 5 handed over\nhanded over\n']);
    });

    it('hands sockets of systemd on', () => {
      const script = 'echo $LISTEN_FDS $LISTEN_PID; cat <&3';
      const done = withFiles(1, { LISTEN_FDS: '1' }, 'run', '-b', bundle(['sh', '-c', script]), 'listen');
      assert.deepEqual([done.stderr, done.stdout], ['', '1 1\nhanded over\n']);
    });

    it('keeps them in an exec', () => {
      start('keeps');
      const done = withFiles(1, {}, 'exec', '--preserve-fds', '1', 'keeps', 'sh', '-c', 'cat <&3');
      assert.equal(done.stdout, 'handed over\n');
      oci('delete', '-f', 'keeps');
    });

    it('refuses what is not open, or no number, and leaves nothing', () => {
      const dir = bundle(['true']);
      assert.match(withFiles(1, {}, 'run', '--preserve-fds', '2', '-b', dir, 'x').stderr, /descriptor 4 is not open/);
      assert.match(oci('run', '--preserve-fds', 'many', '-b', dir, 'x').stderr, /must be a number of descriptors/);
      assert.equal(oci('list', '-q').stdout, '');
    });
  });

  it('runs without pivot_root', () => {
    const done = oci('run', '--no-pivot', '-b', bundle(['sh', '-c', 'ls /; cat /proc/1/comm']), 'moved');
    assert.deepEqual([done.stderr, done.stdout.split('\n').slice(0, 3)], ['', ['bin', 'dev', 'etc']]);
    assert.match(done.stdout, /\ncat\n$/);
  });

  it('leaves the session keyring alone when it is told', { skip: withoutCompiler }, () => {
    const probe = buildProbe(box);
    const search = (...options: string[]): string => {
      const words = [runtime, '--root', state, 'run', ...options, '-b', bundle(['probe', 'keys']), 'keys'];
      return spawnSync(probe, ['with-key', ...words], { encoding: 'utf8' }).stdout;
    };
    assert.match(search(), /^search 126\n/); // ENOKEY
    assert.equal(search('--no-new-keyring'), 'search 0\nslipway-test\n');
  });

  it('keeps a stopped container when it is told', () => {
    assert.equal(oci('run', '--keep', '-b', bundle(['sh', '-c', 'exit 3']), 'kept').status, 3);
    assert.equal((JSON.parse(oci('state', 'kept').stdout) as { status: string }).status, 'stopped');
    assert.equal(oci('delete', 'kept').status, 0);
  });

  it('changes the process of an exec by options', () => {
    start('options');
    const ids = ['--user', '1000:100', '--additional-gids', '7', '-g', '8'];
    const rights = ['--cap', 'CAP_SYS_ADMIN', '--no-new-privs', '--cwd', '/tmp'];
    const script = 'id -u; id -G; pwd; grep -E "^(CapBnd|NoNewPrivs)" /proc/self/status';
    const done = oci('exec', ...ids, ...rights, 'options', 'sh', '-c', script);
    const lines = done.stdout.trim().split('\n');
    assert.deepEqual(lines.slice(0, 3), ['1000', '100 7 8', '/tmp'], done.stderr);
    const bounding = BigInt(`0x${lines.find((line) => line.startsWith('CapBnd'))?.split('\t')[1] ?? '0'}`);
    assert.equal((bounding >> 21n) & 1n, 1n);
    assert.ok(lines.includes('NoNewPrivs:\t1'));
    const refused: [string[], RegExp][] = [
      [['--user', 'root'], /root is not a number/],
      [['--user', '1:'], /is not a number/],
      [['--additional-gids', 'x'], /x is not a number/],
      [['--cwd', 'tmp'], /must be an absolute path/],
      [['--apparmor', 'box'], /AppArmor is not enabled/],
      [['--process-label', 'a:b:c'], /SELinux is not enabled/],
    ];
    for (const [words, message] of refused) {
      const run = oci('exec', ...words, 'options', 'true');
      assert.deepEqual([run.status, message.test(run.stderr)], [1, true], run.stderr);
    }
    oci('delete', '-f', 'options');
    assert.match(oci('exec', 'options', 'true').stderr, /does not exist/);
  });

  it('enters no container that has ended', () => {
    oci('run', '--keep', '-b', bundle(['true']), 'over');
    assert.match(oci('exec', 'over', 'true').stderr, /exec in container over: is not running/);
    oci('delete', 'over');
  });

  it('tells its version, and the words of each command', () => {
    assert.match(oci('--version').stdout, /^slipway-runtime version \d+\.\d+\.\d+\nspec: 1\.2\.0\n$/);
    assert.equal(oci('-v').stdout, oci('--version').stdout);
    for (const command of ['create', 'start', 'run', 'exec', 'state', 'kill', 'delete', 'list', 'features', 'spec']) {
      const help = oci(command, '--help');
      assert.deepEqual([help.status, help.stderr], [0, '']);
      assert.ok(help.stdout.startsWith(`usage: slipway-runtime ${command} `), help.stdout);
    }
  });

  it('logs in both forms, with --debug each command', () => {
    const log = join(box.dir, 'log');
    const logged = (...words: string[]): string => {
      writeFileSync(log, '');
      oci('--log', log, ...words);
      return readFileSync(log, 'utf8');
    };
    assert.equal(logged('list'), '');
    assert.match(logged('state', 'nobody'), /^time="\S+" level=error msg="find container nobody: does not exist"\n$/);
    const lines = logged('--log-format', 'json', '--debug', 'state', 'nobody').trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { level: string; msg: string; time: string });
    assert.deepEqual(
      parsed.map(({ level, msg }) => `${level} ${msg}`),
      ['debug state: failed', 'error find container nobody: does not exist'],
    );
    for (const { time } of parsed) assert.ok(!Number.isNaN(Date.parse(time)));
  });

  it('runs the process of a file with everything in it', () => {
    start('whole');
    const file = join(box.dir, 'process.json');
    const more = { noNewPrivileges: true, rlimits: [{ type: 'RLIMIT_NOFILE', soft: 64, hard: 64 }] };
    writeFileSync(file, JSON.stringify(processSpec(['sh', '-c', 'ulimit -n'], more)));
    assert.equal(oci('exec', '-p', file, 'whole').stdout, '64\n');
    oci('delete', '-f', 'whole');
  });
});
