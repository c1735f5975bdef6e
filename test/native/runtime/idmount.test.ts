// Bind mounts whose ids are mapped: what the container sees of a file's owner, and what lies on the disk.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ociBox } from './oci-box.ts';
import { inUserNamespace, runtime, unavailable, type Spec } from './support.ts';

interface Mapped {
  options?: string[];
  uidMappings?: object[];
  gidMappings?: object[];
  source?: string;
  type?: string;
}

/** Of what the kernel lets only the machine's root do. */
const skip = inUserNamespace && 'mapping ids needs the machine’s root';

describe('mounts with mapped ids', { skip: unavailable, timeout: 60_000 }, () => {
  const { box, state, oci, bundle, dispose } = ociBox();
  after(dispose);
  const data = join(box.dir, 'data');
  mkdirSync(join(data, 'below'), { recursive: true });
  writeFileSync(join(data, 'file'), '');
  chownSync(join(data, 'file'), 7, 7);
  const map = (containerID: number, hostID: number, size = 100): object[] => [{ containerID, hostID, size }];
  const to = (first: number): Mapped => ({ uidMappings: map(0, first), gidMappings: map(0, first) });
  const mount = (spec: Spec, mapped: Mapped): void => {
    spec.mounts.push({ destination: '/data', type: 'bind', source: data, options: ['bind', 'idmap'], ...mapped });
  };
  const owners = 'stat -c "%u:%g" /data/file; touch /data/new && stat -c "%u:%g" /data/new';

  const namespace = (spec: Spec): void => {
    spec.linux.namespaces.push({ type: 'user' });
    Object.assign(spec.linux, { uidMappings: map(0, 100_000, 65_536), gidMappings: map(0, 100_000, 65_536) });
    spec.mounts.shift(); // the overlay
    spec.root.path = box.rootfs;
    for (const name of ['proc', 'sys', 'dev', 'data']) mkdirSync(join(box.rootfs, name), { recursive: true });
  };

  it('shows the owners that the maps say, and writes them back', { skip }, () => {
    const dir = bundle(['sh', '-c', owners], (spec) => {
      mount(spec, to(1000));
      spec.process.user = { uid: 1000, gid: 1000 };
    });
    chownSync(data, 0, 0);
    const { stdout, stderr } = oci('run', '-b', dir, 'mapped');
    assert.deepEqual([stdout, stderr], ['1007:1007\n1000:1000\n', '']);
    assert.deepEqual([statSync(join(data, 'new')).uid, statSync(join(data, 'new')).gid], [0, 0]);
  });

  it('takes the map of the container’s user namespace where the mount has none', { skip }, () => {
    const seen = (options: string[]): string => {
      const dir = bundle(['stat', '-c', '%u:%g', '/data/file'], (spec) => {
        namespace(spec);
        mount(spec, { options });
      });
      const run = oci('run', '-b', dir, 'inside');
      return run.stdout + run.stderr;
    };
    assert.deepEqual([seen(['bind', 'idmap']), seen(['bind'])], ['7:7\n', '65534:65534\n']);
  });

  it('maps what is mounted below only with ridmap', { skip }, () => {
    const seen = (option: string): string => {
      const dir = bundle(['stat', '-c', '%u', '/data/below/file'], (spec) => {
        mount(spec, { ...to(1000), options: ['rbind', option] });
      });
      const script = 'mount -t tmpfs none "$1/below" && : >"$1/below/file" && shift && exec "$@"';
      const words = ['-m', 'sh', '-c', script, 'sh', data, runtime, '--root', state, 'run', '-b', dir, 'below'];
      return spawnSync('unshare', words, { encoding: 'utf8' }).stdout;
    };
    assert.deepEqual([seen('idmap'), seen('ridmap')], ['0\n', '1000\n']);
  });

  it(
    'reaches a source that is closed to the ids of the user namespace, and nothing comes back to the machine',
    { skip },
    () => {
      const closed = join(box.dir, 'closed');
      mkdirSync(join(closed, 'source'), { recursive: true });
      writeFileSync(join(closed, 'source/file'), 'reached');
      chmodSync(closed, 0o700);
      const dir = bundle(['sh', '-c', 'cat /data/file; mount -t tmpfs none /data && echo mounted'], (spec) => {
        namespace(spec);
        mount(spec, { options: ['rbind', 'rshared'], source: join(closed, 'source') });
        const all = ['CAP_SYS_ADMIN'];
        spec.process.capabilities = { bounding: all, effective: all, permitted: all };
      });
      const script =
        'mount --bind "$1" "$1" && mount --make-shared "$1" && (shift && "$@"); grep -c "$1 .*tmpfs" /proc/self/mountinfo';
      const words = [
        '-m',
        'sh',
        '-c',
        script,
        'sh',
        join(closed, 'source'),
        runtime,
        '--root',
        state,
        'run',
        '-b',
        dir,
        'closed',
      ];
      const run = spawnSync('unshare', words, { encoding: 'utf8' });
      assert.deepEqual([run.stdout, run.stderr], ['reachedmounted\n0\n', '']);
    },
  );

  const wrong: [string, Mapped, RegExp, boolean?][] = [
    ['no map anywhere', {}, /mounts: idmap needs uidMappings, or a user namespace \(\/data\)/],
    [
      'one map without the other',
      { uidMappings: map(0, 5) },
      /mounts\[\d+\]\.gidMappings: is required beside the other/,
    ],
    ['another kind of mount', { ...to(5), type: 'tmpfs', options: ['idmap'] }, /only the ids of a bind mount/],
    ['a file system that can’t', { ...to(5), source: '/proc' }, /map ids of mount \/data: its file system can't/, true],
    ['ids that meet', { uidMappings: [...map(0, 5), ...map(0, 9)], gidMappings: map(0, 5) }, /map ids uid_map: /, true],
  ];
  for (const [what, mapped, message, byRoot = false] of wrong) {
    it(`refuses ${what}, and leaves nothing`, { skip: byRoot && skip }, () => {
      const run = oci(
        'run',
        '-b',
        bundle(['true'], (spec) => {
          mount(spec, mapped);
        }),
        'wrong',
      );
      assert.deepEqual([run.status, message.test(run.stderr)], [1, true], run.stderr);
      assert.equal(oci('list', '-q').stdout, '');
    });
  }

  it('is among the features', () => {
    const { linux } = JSON.parse(oci('features').stdout) as { linux: { mountExtensions: object } };
    assert.deepEqual(linux.mountExtensions, { idmap: { enabled: true } });
  });
});
