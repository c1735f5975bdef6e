// podman and dockerd drive slipway-runtime through a container's whole life, as they drive crun and runc.
import assert from 'node:assert/strict';
import type { SpawnSyncReturns } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { docker, podman, withoutPeer, type Peer } from '../../support/peers.ts';

interface Driver {
  readonly name: string;
  readonly skip: string | false;
  readonly start: () => Promise<Peer>;
  /** Options of `run` on this machine: no network, no limits that need controllers. */
  readonly options: readonly string[];
  readonly paused: RegExp;
  /** Why a limit can't be seen refused, or false. */
  readonly limits: string | false;
}

const DRIVERS: readonly Driver[] = [
  {
    name: 'podman',
    skip: withoutPeer('podman'),
    start: () => Promise.resolve(podman()),
    options: ['--network=none', '--pids-limit=0', '--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000'],
    paused: /paused/i,
    limits: false,
  },
  {
    name: 'dockerd',
    skip: withoutPeer('dockerd') || withoutPeer('docker'),
    start: docker,
    options: ['--network=none', '--runtime=slipway'],
    paused: /paused/,
    limits: 'dockerd drops a limit that the kernel can’t keep by itself',
  },
];

for (const driver of DRIVERS) {
  describe(`${driver.name} with slipway-runtime`, { skip: driver.skip, timeout: 240_000 }, () => {
    let peer: Peer | undefined;
    before(async () => {
      peer = await driver.start();
    });
    after(() => peer?.dispose());
    const run = (...words: string[]): SpawnSyncReturns<string> => {
      assert.ok(peer !== undefined);
      const [name = '', ...rest] = words;
      return peer.run(name === 'run' ? ['run', ...driver.options, ...rest] : words);
    };
    const check = (result: SpawnSyncReturns<string>, status: number, output: string | RegExp): void => {
      const all = JSON.stringify([result.status, result.stdout, result.stderr]);
      assert.equal(result.status, status, all);
      if (typeof output === 'string') assert.equal(result.stdout, output, all);
      else assert.match(result.stdout, output, all);
    };

    it('runs and returns the exit code', () => {
      check(run('run', '--rm', 'box', 'echo', 'hello'), 0, 'hello\n');
      check(run('run', '--rm', 'box', 'sh', '-c', 'exit 7'), 7, '');
      check(run('run', '--rm', 'box', 'sh', '-c', 'kill -9 $$; exit 1'), 1, '');
      const missing = run('run', '--rm', 'box', 'no-such-command');
      assert.equal(missing.status, 127, missing.stderr);
    });

    it('gives a terminal', () => {
      assert.ok(peer !== undefined);
      const words = ['run', ...driver.options, '--rm', '-t', 'box', 'sh', '-c', 'test -t 0 && ls /dev/console'];
      const { status, stdout } = peer.runOnTerminal(words);
      assert.deepEqual([status, stdout.trim()], [0, '/dev/console']);
    });

    it('starts, enters, pauses, stops, starts again, kills and removes', () => {
      check(run('run', '-d', '--name', 'life', 'box', 'sleep', '1000'), 0, /^[0-9a-f]{64}\n$/);
      check(run('exec', 'life', 'echo', 'inside'), 0, 'inside\n');
      check(run('exec', '-e', 'A=b', '-w', '/bin', 'life', 'sh', '-c', 'echo $A; pwd'), 0, 'b\n/bin\n');
      check(run('exec', 'life', 'sh', '-c', 'exit 3'), 3, '');
      check(run('exec', 'life', 'cat', '/proc/1/cmdline'), 0, 'sleep\x001000\x00');
      check(run('pause', 'life'), 0, /./);
      check(run('inspect', '--format', '{{.State.Status}}', 'life'), 0, driver.paused);
      check(run('unpause', 'life'), 0, /./);
      check(run('exec', 'life', 'echo', 'again'), 0, 'again\n');
      check(run('top', 'life'), 0, /sleep 1000/);
      check(run('stop', '-t', '0', 'life'), 0, /life/);
      check(run('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'life'), 0, 'exited 137\n');
      check(run('start', 'life'), 0, /life/);
      check(run('kill', 'life'), 0, /./);
      check(run('rm', '-f', 'life'), 0, /./);
      check(run('ps', '-aq'), 0, '');
    });

    it('keeps what is asked for the process, its files and its devices', () => {
      const user = ['--read-only', '--tmpfs', '/tmp', '--user', '1000:1000', '--cap-drop', 'ALL'];
      const script = 'id -u; touch /tmp/x && echo writable; touch /x || echo read-only; grep CapBnd /proc/self/status';
      check(
        run('run', '--rm', ...user, 'box', 'sh', '-c', script),
        0,
        '1000\nwritable\nread-only\nCapBnd:\t0000000000000000\n',
      );
      check(run('run', '--rm', '--hostname', 'here', 'box', 'cat', '/proc/sys/kernel/hostname'), 0, 'here\n');
      check(
        run('run', '--rm', '--privileged', 'box', 'sh', '-c', 'ls /dev/ptmx /dev/null'),
        0,
        '/dev/null\n/dev/ptmx\n',
      );
      check(run('run', '--rm', '--pid', 'host', '--uts', 'host', '--ipc', 'host', 'box', 'true'), 0, '');
      const device = ['--device', '/dev/null:/dev/other'];
      check(
        run('run', '--rm', ...device, 'box', 'sh', '-c', 'echo x > /dev/other && ls /dev/other'),
        0,
        '/dev/other\n',
      );
    });

    it('refuses a limit that this machine can’t keep, and leaves nothing', { skip: driver.limits }, () => {
      const limited = run('run', '--rm', '--memory', '64m', 'box', 'true');
      assert.notEqual(limited.status, 0);
      assert.match(limited.stderr, /memory/);
      check(run('ps', '-aq'), 0, '');
    });
  });
}
