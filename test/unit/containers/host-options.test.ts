import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostOptions } from '../../../runtime-server/protocol/host-options.ts';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { root } from '../../../runtime-server/src/base/validate.ts';
import { checkHostOptions, readHostOptions } from '../../../runtime-server/src/containers/host-options.ts';
import { limitsOf, updateLimits } from '../../../runtime-server/src/containers/resources.ts';
import { parseSecurityOptions, selinuxLabel } from '../../../runtime-server/src/containers/security.ts';
import { DEFAULT_CAPABILITIES, resolveCapabilities } from '../../../runtime-server/src/launcher/capabilities.ts';
import { deviceNumbers } from '../../../runtime-server/src/launcher/devices.ts';
import { ociResources } from '../../../runtime-server/src/launcher/spec-resources.ts';

const numbers = (): { major: number; minor: number } => ({ major: 8, minor: 1 });

describe('resolveCapabilities', () => {
  const all = ['CAP_A', 'CAP_CHOWN', 'CAP_SYS_ADMIN'];
  it('adds to and drops from docker’s defaults, in any case, with or without CAP_', () => {
    const found = resolveCapabilities({ capAdd: ['net_admin', 'CAP_NET_ADMIN'], capDrop: ['Chown'] }, all);
    assert.deepEqual(found, [...DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_CHOWN'), 'CAP_NET_ADMIN']);
  });

  it('knows ALL on both sides, and that privileged wins', () => {
    assert.deepEqual(resolveCapabilities({ capAdd: ['all'], capDrop: ['SYS_ADMIN'] }, all), ['CAP_A', 'CAP_CHOWN']);
    assert.deepEqual(resolveCapabilities({ capAdd: ['CHOWN'], capDrop: ['ALL'] }, all), ['CAP_CHOWN']);
    assert.deepEqual(resolveCapabilities({ capDrop: ['ALL'] }, all), []);
    assert.deepEqual(resolveCapabilities({ capDrop: ['ALL'], privileged: true }, all), all);
  });

  it('refuses a name that the kernel does not have', () => {
    assert.throws(
      () => resolveCapabilities({ capAdd: ['magic'] }, all),
      /invalid CapAdd: unknown capability: "CAP_MAGIC"$/,
    );
  });
});

describe('parseSecurityOptions', () => {
  it('takes docker’s forms, old and new', () => {
    assert.deepEqual(
      parseSecurityOptions([
        'no-new-privileges',
        'seccomp=unconfined',
        'apparmor:mine',
        'label=type:foo_t',
        'systempaths=unconfined',
      ]),
      {
        noNewPrivileges: true,
        seccomp: 'unconfined',
        apparmor: 'mine',
        labels: ['type:foo_t'],
        systemPathsUnconfined: true,
      },
    );
    assert.equal(parseSecurityOptions(['no-new-privileges', 'no-new-privileges:false']).noNewPrivileges, false);
  });

  it('refuses what docker refuses', () => {
    for (const bad of ['', 'magic', 'magic=1', 'no-new-privileges=maybe', 'apparmor=', 'label=x:y', 'seccomp={'])
      assert.throws(() => parseSecurityOptions([bad]), EngineError, bad);
  });

  it('makes a label of what was asked for', () => {
    assert.equal(selinuxLabel(['type:foo_t', 'level:s0:c1,c2']), 'system_u:system_r:foo_t:s0:c1,c2');
    assert.equal(selinuxLabel(['type:foo_t', 'disable']), undefined);
    assert.equal(selinuxLabel([]), undefined);
  });
});

describe('checkHostOptions', () => {
  it('says what is wrong in docker’s words', () => {
    const cases: readonly (readonly [HostOptions, RegExp])[] = [
      [{ memory: 5 }, /Minimum memory limit allowed is 6MB/],
      [{ memory: 2 ** 30, memorySwap: 2 ** 29 }, /Minimum memoryswap limit should be larger than memory limit/],
      [{ memorySwap: 2 ** 30 }, /You should always set the Memory limit when using Memoryswap limit/],
      [{ memory: 2 ** 29, memoryReservation: 2 ** 30 }, /can not be less than memory reservation limit/],
      [{ nanoCpus: 1e15 }, /Range of CPUs is from 0\.01 to \d+\.00/],
      [{ nanoCpus: 1e9, cpuQuota: 5000 }, /Nano CPUs and CPU Quota cannot both be set/],
      [{ cpuPeriod: 10 }, /CPU cfs period can not be less than 1ms/],
      [{ cpusetCpus: 'two' }, /Invalid value "two" for cpuset cpus/],
      [{ blkioWeight: 5 }, /Range of blkio weight is from 10 to 1000/],
      [{ tmpfs: { tmp: '' } }, /mount path must be absolute/],
      [{ tmpfs: { '/': '' } }, /destination can't be '\/'/],
      [{ tmpfs: { '/a': 'bind' } }, /invalid tmpfs option "bind"/],
      [{ ulimits: [{ name: 'magic', soft: 1, hard: 1 }] }, /invalid ulimit type: magic/],
      [{ ulimits: [{ name: 'nofile', soft: 3, hard: 2 }] }, /must be less than or equal to hard limit: 3 > 2/],
      [{ sysctls: { 'kernel.panic': '1' } }, /sysctl 'kernel.panic' is not allowed/],
      [{ sysctls: { 'net.../x': '1' } }, /is not allowed/],
      [{ sysctls: { 'kernel.shmmax': '1' }, ipcMode: 'host' }, /not allowed with the host's IPC namespace/],
      [{ devices: [{ pathOnHost: 'x', pathInContainer: '/x', permissions: 'rwm' }] }, /not an absolute path/],
      [{ devices: [{ pathOnHost: '/x', pathInContainer: '/x', permissions: 'rr' }] }, /bad mode specified: rr/],
      [{ oomScoreAdj: 2000 }, /Invalid value 2000, range for oom score adj is \[-1000, 1000\]/],
      [{ shmSize: -1 }, /SHM size can not be less than 0/],
      [{ groupAdd: ['a,b'] }, /not a name or an id/],
      [{ domainname: 'x', utsMode: 'host' }, /domainname and the UTS mode/],
    ];
    for (const [options, sentence] of cases)
      assert.throws(
        () => {
          checkHostOptions(options);
        },
        (error) => error instanceof EngineError && sentence.test(error.message),
        JSON.stringify(options),
      );
  });
});

describe('readHostOptions', () => {
  it('keeps what it knows and names what is wrong', () => {
    assert.deepEqual(readHostOptions(root({ memory: 5, magic: 1, capAdd: null })), { memory: 5 });
    for (const [bad, sentence] of [
      [[], /\$: expected an object/],
      [{ memory: '5' }, /\$\.memory: expected a whole number/],
      [{ capAdd: [1] }, /\$\.capAdd\[0\]: expected a string/],
      [{ ipcMode: 'mine' }, /\$\.ipcMode: expected host or private/],
      [{ devices: [{}] }, /\$\.devices\[0\]\.pathOnHost: expected a string/],
      [{ tmpfs: { a: 1 } }, /\$\.tmpfs\.a: expected a string/],
    ] as const)
      assert.throws(() => readHostOptions(root(bad)), sentence);
  });
});

describe('limits', () => {
  it('are none where docker takes the value for none', () => {
    assert.deepEqual(limitsOf({ memory: 0, pidsLimit: -1, cpusetCpus: '', deviceReadBps: [], privileged: true }), {});
    assert.deepEqual(limitsOf({ pidsLimit: 5, readonlyRootfs: true }), { pidsLimit: 5 });
  });

  it('become linux.resources as runc is given them', () => {
    assert.deepEqual(ociResources({ memory: 2 ** 26, nanoCpus: 15e8, pidsLimit: 9 }, numbers), {
      memory: { limit: 2 ** 26, swap: 2 ** 27 },
      cpu: { quota: 150_000, period: 100_000 },
      pids: { limit: 9 },
    });
    assert.deepEqual(
      ociResources(
        { blkioWeightDevice: [{ path: '/dev/a', rate: 20 }], deviceReadBps: [{ path: '/dev/a', rate: 5 }] },
        numbers,
      ),
      {
        blockIO: {
          weightDevice: [{ major: 8, minor: 1, weight: 20 }],
          throttleReadBpsDevice: [{ major: 8, minor: 1, rate: 5 }],
        },
      },
    );
    assert.deepEqual(ociResources({ memory: 2 ** 26, memorySwap: -1 }, numbers)?.memory, { limit: 2 ** 26, swap: -1 });
    assert.equal(ociResources({ memory: 0 }, numbers), undefined);
  });

  it('an update keeps what it does not name, and can’t mix two ways of counting CPUs', () => {
    assert.deepEqual(updateLimits({ memory: 1, privileged: true }, { pidsLimit: 2 }), {
      memory: 1,
      privileged: true,
      pidsLimit: 2,
    });
    assert.throws(() => updateLimits({ cpuQuota: 5000 }, { nanoCpus: 1e9 }), /NanoCPUs cannot be updated/);
    assert.throws(() => updateLimits({ nanoCpus: 1e9 }, { cpuQuota: 5000 }), /CPU Period\/Quota cannot be updated/);
    assert.throws(() => updateLimits({ memory: 5, memorySwap: 9 }, { memory: 10 }), /update the memoryswap/);
  });
});

describe('deviceNumbers', () => {
  it('unpacks makedev(3)', () => {
    assert.deepEqual(deviceNumbers(0x103), { major: 1, minor: 3 });
    assert.deepEqual(deviceNumbers(0x10000 * 0x10 + 0x0801), { major: 8, minor: 0x101 });
  });
});
