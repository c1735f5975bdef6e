import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  containerSpec,
  DEFAULT_CAPABILITIES,
  mergeEnv,
  processSpec,
  type SpecRequest,
} from '../../../runtime-server/src/launcher/spec.ts';

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

  it('makes a read-only bind read-only', () => {
    assert.deepEqual(containerSpec(request).mounts.at(-1), {
      destination: '/src',
      type: 'bind',
      source: '/home/me',
      options: ['rbind', 'rprivate', 'ro'],
    });
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
