// What other OCI runtimes do and the specification leaves open, or says in passing: callers rely on it.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ociBox } from './oci-box.ts';
import { unavailable, type Spec } from './support.ts';

describe('OCI manners', { skip: unavailable, timeout: 120_000 }, () => {
  const { box, oci, detached, bundle, dispose } = ociBox();
  after(dispose);
  const withoutHome = (spec: Spec): void => {
    spec.process.env = ['PATH=/bin'];
  };

  it('a capability that no kernel has is a warning, in config.json and of exec', () => {
    const caps = { bounding: ['CAP_FLY', 'CAP_KILL'], permitted: ['CAP_FLY'] };
    const dir = bundle(['grep', 'CapBnd', '/proc/self/status'], (spec) => (spec.process.capabilities = caps));
    const run = oci('run', '-b', dir, 'unknown');
    assert.deepEqual([run.status, run.stdout], [0, 'CapBnd:\t0000000000000020\n']);
    assert.equal(run.stderr.match(/warning: set capabilities: no such capability: CAP_FLY, left out/g)?.length, 1);
    assert.equal(detached('run', '-d', '-b', bundle(['sleep', '1000']), 'enter'), 0);
    const entered = oci('exec', '--cap', 'CAP_FLY', 'enter', 'echo', 'in');
    assert.deepEqual([entered.status, entered.stdout, /CAP_FLY/.test(entered.stderr)], [0, 'in\n', true]);
    oci('delete', '-f', 'enter');
  });

  it('HOME of a user by number is that of the container’s /etc/passwd, else /', () => {
    const home = (change: (spec: Spec) => void): string =>
      oci('run', '-b', bundle(['sh', '-c', 'echo $HOME'], change), 'home').stdout;
    mkdirSync(join(box.rootfs, 'etc'), { recursive: true });
    writeFileSync(join(box.rootfs, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nsomeone:x:0:0::/never:/bin/sh\n');
    assert.equal(home(withoutHome), '/root\n');
    assert.equal(
      home((spec) => (spec.process.env = ['PATH=/bin', 'HOME=/mine'])),
      '/mine\n',
    );
    renameSync(join(box.rootfs, 'etc/passwd'), join(box.rootfs, 'etc/passwd-'));
    mkdirSync(join(box.rootfs, 'etc/passwd'));
    assert.equal(home(withoutHome), '/\n');
  });

  it('takes the config of another file, also for a later exec', () => {
    const dir = bundle(['sleep', '1000'], (spec) => spec.process.env.push('FROM=other'));
    renameSync(join(dir, 'config.json'), join(dir, 'other.json'));
    assert.equal(detached('run', '-d', '-b', dir, '--config', 'other.json', 'other'), 0);
    assert.equal(oci('exec', 'other', 'sh', '-c', 'echo $FROM').stdout, 'other\n');
    oci('delete', '-f', 'other');
    assert.match(oci('run', '-b', dir, '--config', 'none.json', 'x').stderr, /config none\.json: No such file/);
  });

  it('deletes all whose ids fit', () => {
    for (const id of ['red-1', 'red-2', 'blue'])
      assert.equal(detached('run', '-d', '-b', bundle(['sleep', '1000']), id), 0);
    assert.match(oci('delete', '--regex', '^red-').stderr, /is not stopped/);
    assert.equal(oci('delete', '--force', '--regex', '^red-').status, 0);
    assert.equal(oci('list', '-q').stdout, 'blue\n');
    assert.match(oci('delete', '--force', '--regex', '(').stderr, /not a regular expression/);
    oci('delete', '-f', 'blue');
  });

  it('makes no cgroup when it is told, and then keeps no limit', () => {
    const limited = bundle(['true'], (spec) => (spec.linux['resources'] = { pids: { limit: 10 } }));
    assert.match(
      oci('--cgroup-manager', 'disabled', 'run', '-b', limited, 'none').stderr,
      /linux\.resources: a limit needs linux\.cgroupsPath/,
    );
    assert.equal(oci('--cgroup-manager=disabled', 'run', '-b', bundle(['echo', 'runs']), 'none').stdout, 'runs\n');
    assert.match(oci('--cgroup-manager', 'none', 'list').stderr, /must be cgroupfs, systemd or disabled/);
  });

  it('a hook without env has this program’s, one in the container that of the process', () => {
    const words = (file: string): object => ({ path: '/bin/busybox', args: ['sh', '-c', `env > ${file}`] });
    const outside = join(box.dir, 'outside');
    const dir = bundle(['cat', '/inside'], (spec) => {
      Object.assign(spec, { hooks: { createRuntime: [words(outside)], startContainer: [words('/inside')] } });
      spec.process.env.push('WHOSE=container');
    });
    const { stdout } = oci('run', '-b', dir, 'hooks');
    const path = `PATH=${process.env['PATH'] ?? ''}`;
    assert.deepEqual(
      [stdout, readFileSync(outside, 'utf8')].map((text) => [
        text.split('\n').includes('WHOSE=container'),
        text.includes(`${path}\n`),
      ]),
      [
        [true, false],
        [false, true],
      ],
    );
  });
});
