// Ways out of a container that others have found (security.md's list of CVEs), each tried on this runtime.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { execFileSync, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildProbe, withoutCompiler } from './probe.ts';
import { whileExchanged } from './racer.ts';
import { runtime, Sandbox, unavailable, type Spec } from './support.ts';

describe('known ways out', { skip: unavailable, timeout: 180_000 }, () => {
  const box = new Sandbox();
  const state = join(box.dir, 'state');
  let count = 0;
  let probe = '';
  before(() => {
    if (withoutCompiler === false) probe = buildProbe(box);
  });
  after(() => {
    box.dispose();
  });

  function bundle(spec: Spec): string {
    const dir = join(box.dir, `bundle${++count}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'config.json'), JSON.stringify(spec));
    return dir;
  }
  const words = (spec: Spec): string[] => ['--root', state, 'run', '--bundle', bundle(spec), `c${count}`];
  /** A rootfs that is a directory of its own, not an overlay. */
  function shared(args: string[]): Spec {
    const spec = box.spec(args);
    spec.mounts.shift();
    const rootfs = join(box.dir, `shared${++count}`);
    execFileSync('cp', ['-a', box.rootfs, rootfs]);
    for (const name of ['proc', 'sys', 'dev']) mkdirSync(join(rootfs, name));
    spec.root = { path: rootfs };
    return spec;
  }

  describe('CVE-2024-21626: descriptors of the caller', () => {
    // The caller's directory, open and meant to be inherited.
    function leaking(spec: Spec): SpawnSyncReturns<string> {
      const fd = openSync('/', 'r');
      try {
        return spawnSync(runtime, words(spec), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', fd, fd, fd] });
      } finally {
        closeSync(fd);
      }
    }

    it('are not in the container', () => {
      const run = leaking(box.spec(['sh', '-c', 'cd /proc/self/fd; for fd in *; do echo $fd; done']));
      assert.equal(run.stdout, '0\n1\n2\n3\n'); // 3: the listing itself
    });

    it('are no working directory', () => {
      for (const fd of [3, 4, 5]) {
        const run = leaking(box.spec(['pwd'], { cwd: `/proc/self/fd/${fd}` }));
        assert.equal(run.status, 1, run.stdout);
        assert.match(run.stderr, /outside of the container's root/);
      }
    });
  });

  describe('CVE-2019-5736: the runtime’s own program', () => {
    const catching =
      withoutCompiler ||
      (process.env['SLIPWAY_TEST_BIN'] === undefined ? false : 'a sanitizer’s build is never there to be caught');
    it('can’t be written to through a process that is about to be the container’s', { skip: catching }, async () => {
      // A program of the person's own, so that its owner could write to it.
      const own = join(box.dir, 'slipway-runtime');
      copyFileSync(runtime, own);
      chmodSync(own, 0o755);
      const before = readFileSync(own);
      const spec = box.spec(['probe', 'catch']);
      spec.process.env = ['PATH=/bin'];
      writeFileSync(join(box.rootfs, 'bin/again'), '#!/proc/self/exe\n', { mode: 0o755 });
      const call = (...args: string[]): SpawnSyncReturns<string> =>
        spawnSync(own, ['--root', state, ...args], { encoding: 'utf8', timeout: 30_000 });
      const id = `exe${++count}`;
      const words = ['--root', state, 'run', '--detach', '--bundle', bundle(spec), id];
      const child = spawn(own, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      // The pipe ends with the container, not with the command that started it.
      const said = text(child.stdout);
      try {
        assert.deepEqual(await once(child, 'exit'), [0, null]);
        for (let i = 0; i < 30; i++) call('exec', id, '/bin/again');
        call('exec', id, 'touch', '/stop');
        assert.equal(await said, 'seen 1\nwritten 0\n');
      } finally {
        call('delete', '--force', id);
      }
      assert.ok(before.equals(readFileSync(own)));
    });
  });

  describe('CVE-2025-31133: what masks', () => {
    const faked = (spec: Spec): SpawnSyncReturns<string> =>
      spawnSync(
        'unshare',
        ['--mount', 'sh', '-c', 'mount --bind /dev/zero /dev/null && exec "$@"', 'sh', runtime, ...words(spec)],
        { encoding: 'utf8' },
      );

    it('is the null device, or nothing is started', () => {
      const spec = box.spec(['true']);
      spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
      const run = faked(spec);
      assert.equal(run.status, 1);
      assert.match(run.stderr, /not the null device/);
    });

    it('and what is bound as a device is that device', () => {
      const spec = box.spec(['stat', '-c', '%t:%T', '/dev/null']);
      spec.linux.maskedPaths = [];
      const run = faked(spec);
      // Root of the machine makes a node of its own; others have none to give.
      if (run.status === 0) assert.equal(run.stdout, '1:3\n');
      else assert.match(run.stderr, /no node 1:3/);
    });
  });

  describe('CVE-2025-52565, 2026-41579: names in the image’s own /dev', () => {
    it('/dev/console that is a link is not followed', () => {
      const spec = shared(['true']);
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev');
      spec.process.terminal = true;
      const victim = join(box.dir, 'victim-console');
      symlinkSync(victim, join(spec.root.path, 'dev/console'));
      const run = spawnSync(runtime, words(spec), { encoding: 'utf8' });
      assert.equal(run.status, 1, run.stderr);
      assert.ok(!readdirSync(box.dir).includes('victim-console'));
    });
  });

  describe('CVE-2019-19921, 2025-52881: /proc', () => {
    it('of the image is not where sysctls are written', () => {
      const spec = shared(['cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start']);
      spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/proc');
      spec.linux.maskedPaths = [];
      spec.linux.readonlyPaths = [];
      spec.linux.sysctl = { 'net.ipv4.ip_unprivileged_port_start': '7' };
      const file = join(spec.root.path, 'proc/sys/net/ipv4/ip_unprivileged_port_start');
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, 'untouched\n');
      const run = spawnSync(runtime, words(spec), { encoding: 'utf8' });
      assert.equal(run.stdout, 'untouched\n', run.stderr);
      assert.equal(readFileSync(file, 'utf8'), 'untouched\n');
    });

    it('of the caller must be one', () => {
      const spec = box.spec(['true']);
      spec.linux.sysctl = { 'net.ipv4.ip_unprivileged_port_start': '7' };
      const fake = join(box.dir, 'fake-proc-sys/net/ipv4');
      mkdirSync(fake, { recursive: true });
      writeFileSync(join(fake, 'ip_unprivileged_port_start'), '');
      const script = `mount --bind ${box.dir}/fake-proc-sys /proc/sys && exec "$@"`;
      const run = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', runtime, ...words(spec)], {
        encoding: 'utf8',
      });
      assert.equal(run.status, 1);
      assert.match(run.stderr, /not a proc file system/);
    });

    it('takes no mount, by whatever name', () => {
      for (const destination of ['/proc/self/attr', '/proc/./sys', '/x/../proc/1', '/link/sys']) {
        const spec = shared(['true']);
        symlinkSync('/proc', join(spec.root.path, 'link'));
        mkdirSync(join(spec.root.path, 'x'));
        spec.mounts.push({ destination, type: 'tmpfs', source: 'tmpfs', options: [] });
        const run = spawnSync(runtime, words(spec), { encoding: 'utf8' });
        assert.equal(run.status, 1, destination);
      }
    });
  });

  describe('the caller’s keys and terminal', { skip: withoutCompiler }, () => {
    it('its session keyring is another one', () => {
      const control = spawnSync(probe, ['with-key', probe, 'keys'], { encoding: 'utf8' });
      assert.equal(control.stdout, 'search 0\nslipway-test\n', 'the probe finds a key that is there');
      const run = spawnSync(probe, ['with-key', runtime, ...words(box.spec(['probe', 'keys']))], { encoding: 'utf8' });
      assert.match(run.stdout, /^search 126\n/, run.stderr); // ENOKEY
      assert.doesNotMatch(run.stdout, /slipway-test/);
    });

    it('nothing can be typed into its terminal, which is not the container’s', () => {
      // Standard input is the terminal of script(1); the container has none of its own.
      const line = [runtime, ...words(box.spec(['probe', 'typing']))].join(' ');
      const run = spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8' });
      assert.match(run.stdout, /^tiocsti [15]\r$/m);
      assert.match(run.stdout, /^tty 6\r$/m);
      assert.match(run.stdout, /^leader 0\r$/m);
    });
  });

  describe('CVE-2021-30465, 2024-45310: a rootfs that changes meanwhile', { skip: withoutCompiler }, () => {
    const ROUNDS = 60;
    const race = (first: string, second: string, work: () => void): Promise<void> =>
      whileExchanged(box.dir, first, second, work);

    it('a mount point never comes to be outside', async () => {
      const outside = join(box.dir, 'outside');
      mkdirSync(outside);
      const spec = shared(['sh', '-c', 'grep -c " /a/" /proc/self/mountinfo; true']);
      mkdirSync(join(spec.root.path, 'a'));
      symlinkSync(`../../../../../../../../..${outside}`, join(spec.root.path, 'b'));
      const file = join(box.dir, 'bound');
      writeFileSync(file, '');
      let started = 0;
      await race(join(spec.root.path, 'a'), join(spec.root.path, 'b'), () => {
        for (let i = 0; i < ROUNDS; i++) {
          const round = structuredClone(spec);
          round.mounts.push({ destination: `/a/d${i}/e`, type: 'tmpfs', source: 'tmpfs', options: [] });
          round.mounts.push({ destination: `/a/f${i}`, type: 'bind', source: file, options: ['bind'] });
          const run = spawnSync(runtime, words(round), { encoding: 'utf8' });
          assert.ok(run.status === 0 || run.status === 1, run.stderr);
          if (run.status === 0) started++;
          assert.deepEqual(readdirSync(outside), []);
        }
      });
      assert.ok(started > 0, 'some containers started');
    });

    it('a link for /dev or /proc in its place is never mounted through', async () => {
      const outside = join(box.dir, 'outside-dev');
      mkdirSync(outside);
      const spec = shared(['true']);
      symlinkSync(`../../../../../../../../..${outside}`, join(spec.root.path, 'b'));
      await race(join(spec.root.path, 'dev'), join(spec.root.path, 'b'), () => {
        for (let i = 0; i < ROUNDS; i++) {
          const run = spawnSync(runtime, words(spec), { encoding: 'utf8' });
          assert.ok(run.status === 0 || run.status === 1, run.stderr);
          assert.deepEqual(readdirSync(outside), []);
        }
      });
    });
  });
});
