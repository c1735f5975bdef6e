import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostOptions } from '../../../runtime-server/protocol/host-options.ts';
import type { OciMount, OciSpec } from '../../../runtime-server/src/launcher/oci-spec.ts';
import { DEFAULT_HOST, type HostSpec } from '../../../runtime-server/src/launcher/spec-host.ts';
import { DEFAULT_CAPABILITIES } from '../../../runtime-server/src/launcher/capabilities.ts';
import { containerSpec, mergeEnv, processSpec, type SpecRequest } from '../../../runtime-server/src/launcher/spec.ts';

const request: SpecRequest = {
  args: ['sh'],
  env: ['A=1'],
  cwd: '/',
  tty: false,
  hostname: 'abc',
  user: '',
  lowerDirs: ['/l/top', '/l/bottom'],
  upperDir: '/c/upper',
  workDir: '/c/work',
  etc: { hosts: '/c/hosts', hostname: '/c/hostname', resolvConf: '/c/resolv.conf' },
  binds: [{ source: '/home/me', destination: '/src', readOnly: true }],
};

describe('containerSpec', () => {
  it('mounts the overlay first, top layer first', () => {
    const [overlay] = containerSpec(request).mounts;
    assert.deepEqual(overlay, {
      destination: '/',
      type: 'overlay',
      source: 'overlay',
      options: ['lowerdir+=/l/top', 'lowerdir+=/l/bottom', 'upperdir=/c/upper', 'workdir=/c/work', 'userxattr'],
    });
  });

  it('gives a container its own namespaces, Docker’s capabilities and nothing inheritable', () => {
    const spec = containerSpec(request);
    assert.deepEqual(
      spec.linux.namespaces.map((item) => item.type),
      ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'],
    );
    assert.deepEqual(
      DEFAULT_CAPABILITIES.map((name) => name.slice(4)),
      'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'.split(
        ' ',
      ),
    );
    assert.deepEqual(spec.process.capabilities.bounding, DEFAULT_CAPABILITIES);
    assert.deepEqual(spec.process.capabilities.inheritable, []);
    assert.deepEqual(spec.process.capabilities.ambient, []);
  });

  it('masks and protects the paths of the baseline', () => {
    const { maskedPaths, readonlyPaths } = containerSpec({ ...request, hostMasks: ['/sys/x'] }).linux;
    assert.deepEqual(maskedPaths, [
      ...'acpi asound interrupts kcore keys latency_stats sched_debug scsi timer_list timer_stats'
        .split(' ')
        .map((name) => `/proc/${name}`),
      '/sys/firmware',
      '/sys/devices/virtual/powercap',
      '/sys/x',
    ]);
    assert.deepEqual(readonlyPaths, ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']);
  });

  it('shows /sys and cgroups read-only', () => {
    const { mounts } = containerSpec(request);
    for (const path of ['/sys', '/sys/fs/cgroup']) {
      const found = mounts.find(({ destination }) => destination === path);
      assert.ok(found?.options.includes('ro'), path);
    }
  });

  it('makes a read-only bind read-only', () => {
    assert.deepEqual(
      containerSpec(request).mounts.find(({ destination }) => destination === '/src'),
      {
        destination: '/src',
        type: 'bind',
        source: '/home/me',
        options: ['rbind', 'rprivate', 'rro'],
      },
    );
  });
});

describe('a container with options', () => {
  const spec = (options: HostOptions, more: Partial<HostSpec> = {}): OciSpec =>
    containerSpec({ ...request, host: { ...DEFAULT_HOST, options, ...more } });
  const mountAt = (made: OciSpec, path: string): OciMount | undefined =>
    made.mounts.find(({ destination }) => destination === path);

  it('shares the namespaces it was told to', () => {
    const types = (options: HostOptions): string[] => spec(options).linux.namespaces.map(({ type }) => type);
    assert.deepEqual(types({ pidMode: 'host', utsMode: 'host' }), ['mount', 'network', 'ipc', 'cgroup']);
    assert.deepEqual(types({ ipcMode: 'host', cgroupnsMode: 'host' }), ['mount', 'pid', 'network', 'uts']);
    assert.equal(spec({ utsMode: 'host' }).hostname, undefined);
    assert.equal(mountAt(spec({ pidMode: 'host' }), '/proc')?.type, 'bind');
    assert.equal(mountAt(spec({ pidMode: 'host' }, { ownsMachine: true }), '/proc')?.type, 'proc');
    assert.equal(mountAt(spec({ ipcMode: 'host' }), '/dev/shm')?.source, '/dev/shm');
    assert.equal(mountAt(spec({ ipcMode: 'none' }), '/dev/shm'), undefined);
  });

  it('has a cgroup’s file system to write to only when privileged and in a cgroup of its own', () => {
    const isReadOnly = (made: OciSpec): boolean | undefined => mountAt(made, '/sys/fs/cgroup')?.options.includes('ro');
    assert.equal(isReadOnly(spec({}, { cgroupsPath: '/x' })), true);
    assert.equal(isReadOnly(spec({ privileged: true })), true);
    assert.equal(isReadOnly(spec({ privileged: true }, { cgroupsPath: '/x' })), false);
  });

  it('mounts the outer before the inner, whatever kind they are', () => {
    const { mounts } = containerSpec({
      ...request,
      binds: [{ source: '/h', destination: '/a/b', readOnly: false }],
      host: { ...DEFAULT_HOST, options: { tmpfs: { '/a/b/c': '', '/a': 'size=1m,exec' } } },
    });
    const own = mounts.filter(({ destination }) => destination.startsWith('/a'));
    assert.deepEqual(
      own.map(({ destination }) => destination),
      ['/a', '/a/b', '/a/b/c'],
    );
    assert.deepEqual(own[0]?.options, ['noexec', 'nosuid', 'nodev', 'size=1m', 'exec']);
  });

  it('a read-only root has read-only /etc files', () => {
    const made = spec({ readonlyRootfs: true });
    assert.equal(made.root.readonly, true);
    assert.ok(mountAt(made, '/etc/hosts')?.options.includes('ro'));
  });

  it('an unlimited ulimit is the kernel’s infinity, to the last digit', () => {
    const limits = { capabilities: [], ulimits: [{ name: 'nofile', soft: 5, hard: -1 }] };
    assert.match(
      JSON.stringify(processSpec({ ...request, limits })),
      /"rlimits":\[\{"type":"RLIMIT_NOFILE","soft":5,"hard":18446744073709551615\}\]/,
    );
  });

  it('names its groups to the runtime', () => {
    assert.equal(spec({ groupAdd: ['audio', '7'] }).annotations['dev.slipway.groups'], 'audio,7');
    assert.equal(spec({}).annotations['dev.slipway.groups'], undefined);
  });
});

describe('processSpec', () => {
  it('adds PATH and HOSTNAME, TERM only with a terminal, and never over what is given', () => {
    assert.deepEqual(processSpec(request).env, [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOSTNAME=abc',
      'A=1',
    ]);
    assert.ok(processSpec({ ...request, tty: true }).env.includes('TERM=xterm'));
    const env = processSpec({ ...request, tty: true, env: ['TERM=dumb', 'PATH=/x'] }).env;
    assert.deepEqual(env, ['PATH=/x', 'HOSTNAME=abc', 'TERM=dumb']);
  });

  it('carries the terminal’s size only when it is known', () => {
    assert.equal(processSpec({ ...request, tty: true, size: { rows: 0, columns: 0 } }).consoleSize, undefined);
    assert.deepEqual(processSpec({ ...request, tty: true, size: { rows: 24, columns: 80 } }).consoleSize, {
      height: 24,
      width: 80,
    });
  });
});

describe('mergeEnv', () => {
  it('lets the later entry win in the earlier one’s place', () => {
    assert.deepEqual(mergeEnv(['A=1', 'B=2'], ['A=3', 'C=']), ['A=3', 'B=2', 'C=']);
  });
});
