// What a process is told by the kernel's schedulers and clocks, and the namespaces it joins (runtime-spec config.md, config-linux.md).

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ociBox } from './oci-box.ts';
import { inUserNamespace, processSpec, runtime, unavailable, type Spec } from './support.ts';

describe('attributes and namespaces', { skip: unavailable, timeout: 120_000 }, () => {
  const { box, state, oci, detached, bundle, dispose } = ociBox();
  after(dispose);
  const start = (dir: string, id: string): void => {
    assert.equal(detached('run', '-d', '-b', dir, id), 0);
  };
  const pid = (id: string): number => (JSON.parse(oci('state', id).stdout) as { pid: number }).pid;
  const run = (script: string, change: (spec: Spec) => void): SpawnSyncReturns<string> =>
    oci('run', '-b', bundle(['sh', '-c', script], change), 'attributes');
  const output = (script: string, change: (spec: Spec) => void): string => {
    const done = run(script, change);
    assert.deepEqual([done.status, done.stderr], [0, '']);
    return done.stdout;
  };
  const process = (more: object) => (spec: Spec) => Object.assign(spec.process, more);
  const linux = (more: object) => (spec: Spec) => Object.assign(spec.linux, more);

  it('sets the scheduler', () => {
    const scheduler = { policy: 'SCHED_BATCH', nice: 7, flags: ['SCHED_FLAG_RESET_ON_FORK'] };
    // Fields 19 and 41 of proc_pid_stat(5): nice, policy. The flag would take it from a child of the shell.
    const stat = output('exec cat /proc/self/stat', process({ scheduler })).split(' ');
    assert.deepEqual([stat[18], stat[40]], ['7', '3']);
  });

  it('sets the I/O priority', () => {
    const ioPriority = { class: 'IOPRIO_CLASS_IDLE', priority: 0 };
    assert.match(output('exec ionice -p $$', process({ ioPriority })), /idle/);
  });

  it('sets the execution domain', () => {
    assert.match(output('exec cat /proc/self/personality', linux({ personality: { domain: 'LINUX32' } })), /^0*8\n/);
  });

  it('sets the CPUs of an exec', () => {
    start(bundle(['sleep', '1000']), 'cpus');
    const file = join(box.dir, 'affinity.json');
    const words = ['grep', 'Cpus_allowed_list', '/proc/self/status'];
    const affinity = { execCPUAffinity: { initial: '0', final: '0' } };
    writeFileSync(file, JSON.stringify({ ...processSpec(words), ...affinity }));
    assert.equal(oci('exec', '--process', file, 'cpus').stdout, 'Cpus_allowed_list:\t0\n');
    oci('delete', '-f', 'cpus');
  });

  const time = (spec: Spec): void => {
    spec.linux.namespaces.push({ type: 'time' });
    spec.linux['timeOffsets'] = { monotonic: { secs: 1000, nanosecs: 5 }, boottime: { secs: 1_000_000, nanosecs: 0 } };
  };
  const uptime = (text: string): number => Number(text.split(' ')[0]);

  it('gives clocks of its own', () => {
    const ahead = uptime(output('cat /proc/uptime', time)) - uptime(readFileSync('/proc/uptime', 'utf8'));
    assert.ok(Math.abs(ahead - 1_000_000) < 60, String(ahead));
    const offsets = output('cat /proc/self/timens_offsets', time).trim().split(/\s+/);
    assert.deepEqual(offsets, ['monotonic', '1000', '5', 'boottime', '1000000', '0']);
  });

  it('enters and joins a time namespace', () => {
    start(bundle(['sleep', '1000'], time), 'clock');
    const own = oci('exec', 'clock', 'readlink', '/proc/1/ns/time').stdout;
    assert.match(own, /^time:/);
    assert.equal(oci('exec', 'clock', 'readlink', '/proc/self/ns/time').stdout, own);
    const path = `/proc/${pid('clock')}/ns/time`;
    const joined = output('readlink /proc/self/ns/time', (spec) => spec.linux.namespaces.push({ type: 'time', path }));
    assert.equal(joined, own);
    oci('delete', '-f', 'clock');
  });

  // A rootfs without an overlay: its places for mounts are there, for another user may not make them.
  const mapped = (spec: Spec): void => {
    spec.mounts.shift();
    spec.root.path = box.rootfs;
    for (const name of ['proc', 'sys', 'dev']) mkdirSync(join(box.rootfs, name), { recursive: true });
  };
  const owned = (spec: Spec): void => {
    mapped(spec);
    spec.linux.namespaces.push({ type: 'user' });
    const map = [{ containerID: 0, hostID: 100000, size: 65536 }];
    Object.assign(spec.linux, { uidMappings: map, gidMappings: map });
  };
  const nested = inUserNamespace && 'the maps belong to the outer one';

  it('joins the user namespace of another container with all that belongs to it', { skip: nested }, () => {
    start(bundle(['sleep', '1000'], owned), 'owner');
    const first = pid('owner');
    const text = output(
      'for kind in user net pid; do readlink /proc/self/ns/$kind; done; cat /proc/self/uid_map; id -u; echo $$',
      (spec) => {
        mapped(spec);
        spec.linux.namespaces = [{ type: 'mount' }, { type: 'uts' }, { type: 'cgroup' }];
        for (const [type, file] of Object.entries({ user: 'user', network: 'net', pid: 'pid', ipc: 'ipc' }))
          spec.linux.namespaces.push({ type, path: `/proc/${first}/ns/${file}` });
      },
    );
    const inside = (kind: string): string => oci('exec', 'owner', 'readlink', `/proc/1/ns/${kind}`).stdout.trim();
    const lines = text.split('\n');
    assert.deepEqual(lines.slice(0, 3), ['user', 'net', 'pid'].map(inside));
    assert.deepEqual(lines[3]?.trim().split(/\s+/), ['0', '100000', '65536']);
    assert.equal(lines[4], '0');
    assert.ok(Number(lines[5]) > 1);
    oci('delete', '-f', 'owner');
  });

  it("joins the machine's own network from a user namespace of its own", { skip: nested }, () => {
    const host = spawnSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }).stdout;
    const path = '/proc/self/ns/net';
    const text = output('readlink /proc/self/ns/net; cat /proc/self/uid_map', (spec) => {
      owned(spec);
      // sysfs is mounted by who owns the network only.
      spec.mounts = spec.mounts.filter(({ destination }) => !destination.startsWith('/sys'));
      for (const namespace of spec.linux.namespaces) if (namespace.type === 'network') namespace.path = path;
    });
    assert.ok(text.startsWith(host), text);
    assert.match(text, /100000/);
  });

  const refused: [string, (spec: Spec) => void, RegExp][] = [
    [
      'a profile where AppArmor is off',
      process({ apparmorProfile: 'box' }),
      /set AppArmor profile box: AppArmor is not enabled/,
    ],
    ['a label where SELinux is off', process({ selinuxLabel: 'a:b:c:s0' }), /SELinux is not enabled/],
    ['a mount label where SELinux is off', linux({ mountLabel: 'a:b:c:s0' }), /SELinux is not enabled/],
    [
      'an unknown policy',
      process({ scheduler: { policy: 'SCHED_SLOW' } }),
      /process\.scheduler\.policy: no such value: SCHED_SLOW/,
    ],
    [
      'an unknown I/O class',
      process({ ioPriority: { class: 'X', priority: 0 } }),
      /process\.ioPriority\.class: no such value/,
    ],
    [
      'an I/O priority out of range',
      process({ ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 8 } }),
      /process\.ioPriority\.priority: must be between/,
    ],
    [
      'CPUs that are none',
      process({ execCPUAffinity: { initial: '3-1' } }),
      /execCPUAffinity\.initial: must be a list/,
    ],
    ['an unknown domain', linux({ personality: { domain: 'BSD' } }), /linux\.personality\.domain: no such value: BSD/],
    [
      'offsets without a namespace',
      linux({ timeOffsets: { boottime: { secs: 1 } } }),
      /linux\.timeOffsets: needs a new time namespace/,
    ],
    [
      'Intel RDT',
      linux({ intelRdt: { closID: 'x' } }),
      /Intel RDT \/sys\/fs\/resctrl: (No such file|resctrl is not mounted)/,
    ],
    [
      'a user namespace that is none',
      (spec) => spec.linux.namespaces.push({ type: 'user', path: '/etc/passwd' }),
      /open namespace \/etc\/passwd: not a namespace/,
    ],
    [
      'a namespace of another kind',
      (spec) => spec.linux.namespaces.push({ type: 'user', path: '/proc/self/ns/net' }),
      /join namespace user: Invalid argument/,
    ],
  ];
  for (const [what, change, message] of refused) {
    it(`refuses ${what} and leaves nothing`, () => {
      const done = run('true', change);
      assert.notEqual(done.status, 0);
      assert.match(done.stderr, message);
      assert.equal(oci('list', '-q').stdout, '');
    });
  }

  it('passes over `unconfined` where AppArmor is off', () => {
    output('true', process({ apparmorProfile: 'unconfined' }));
  });

  it('lets a bind follow the host when it is a slave, and the host follow it when it is shared', () => {
    const place = join(box.dir, 'shared');
    mkdirSync(place);
    const config = (propagation: string, spec: Spec): void => {
      spec.mounts.push({ destination: '/shared', type: 'bind', source: place, options: ['rbind', propagation] });
      spec.linux['rootfsPropagation'] = propagation === 'rshared' ? 'rshared' : 'rslave';
      const all = spec.process.capabilities ?? {};
      for (const set of ['bounding', 'effective', 'permitted']) all[set] = [...(all[set] ?? []), 'CAP_SYS_ADMIN'];
    };
    const slave = bundle(['sh', '-c', 'echo up; read line; cat /shared/seen'], (spec) => {
      config('rslave', spec);
    });
    const shared = bundle(['sh', '-c', 'mount -t tmpfs x /shared && echo back >/shared/seen'], (spec) => {
      config('rshared', spec);
    });
    // A mount namespace of the test's own, in which the place is shared.
    const script = `mount --bind ${place} ${place} && mount --make-shared ${place} && mkfifo ${place}.in ${place}.out || exit 9
      ${runtime} --root ${state} run -b ${slave} slave <${place}.in >${place}.out &
      exec 3>${place}.in 4<${place}.out; read line <&4
      mount -t tmpfs y ${place} && echo forth >${place}/seen && echo go >&3; read line <&4; echo $line; wait; umount ${place}
      ${runtime} --root ${state} run -b ${shared} shared && cat ${place}/seen; umount ${place}; grep -c ${box.dir} /proc/self/mountinfo`;
    const done = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.deepEqual([done.stderr, done.stdout], ['', 'forth\nback\n1\n']);
  });
});
