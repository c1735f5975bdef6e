// The device controller: linux.resources.devices decides what opens, the last rule that fits first.

import assert from 'node:assert/strict';
import { existsSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { inUserNamespace, Sandbox, unavailable, type Finished, type Spec } from '../runtime/support.ts';
import { MOUNT, noCgroups, present, runWithCgroups } from './support.ts';

runWithCgroups(import.meta.filename);

const missing = !existsSync('/dev/fuse') && 'this kernel has no /dev/fuse';
const skip = noCgroups !== false ? noCgroups : (inUserNamespace && 'a user namespace has no device rules') || missing;

describe('device rules without a controller', { skip: unavailable, timeout: 60_000 }, () => {
  const box = new Sandbox();
  after(() => {
    box.dispose();
  });
  for (const access of ['r', 'wm'])
    it(`a device with ${access} alone is refused`, async () => {
      const spec = box.spec(['true']);
      const one = { allow: true, type: 'c', major: 1, minor: 5, access };
      spec.linux['resources'] = { devices: [{ allow: false, access: 'rwm' }, one] };
      const { ready } = await box.start(spec);
      assert.deepEqual([ready.status, ready.step, ready.path], ['error', 'config', 'linux.resources.devices']);
      assert.match(ready.message ?? '', /needs a control group/);
    });

  it('rules that nothing bound can break are kept', async () => {
    const spec = box.spec(['true']);
    const one = { type: 'c', major: 1, minor: 5 };
    const rules = [
      { allow: true, ...one, access: 'rw' },
      { allow: true, ...one, access: 'm' },
      { allow: true, type: 'c', access: 'r' },
    ];
    spec.linux['resources'] = { devices: [{ allow: false, access: 'rwm' }, ...rules] };
    assert.equal((await box.run(spec)).exitCode, 0);
  });
});

describe('device rules', { skip, timeout: 120_000 }, () => {
  const box = new Sandbox();
  const top = `/slipway-devices-${process.pid}`;
  let count = 0;
  after(() => {
    box.dispose();
    if (present(top)) rmdirSync(join(MOUNT, top));
  });

  function run(devices: object[], script: string, caps?: string[]): Promise<Finished> {
    const spec = box.spec(['sh', '-c', script]);
    spec.linux['cgroupsPath'] = `${top}/c${++count}`;
    spec.linux['resources'] = { devices };
    if (caps !== undefined) spec.process.capabilities = { bounding: caps, effective: caps, permitted: caps };
    return box.run(spec);
  }
  const none = { allow: false, access: 'rwm' };
  // /dev/fuse (10:229) opens for anybody; here it stands for a device that was not given.
  const fuse = { type: 'c', major: 10, minor: 229 };
  const probe =
    'mknod /k c 10 229 && echo made; (: </k) 2>/dev/null && echo read; (: >>/k) 2>/dev/null && echo write; echo x >/dev/null && echo null';

  const cases: [string, object[], string][] = [
    ['denies what no rule fits', [none], 'made null'],
    ['denies what no rule fits, also where no rule says so', [{ allow: true, ...fuse, access: 'r' }], 'made read null'],
    ['allows what a rule gives', [none, { allow: true, ...fuse, access: 'r' }], 'made read null'],
    [
      'adds up rules, bit by bit',
      [none, { allow: true, ...fuse, access: 'r' }, { allow: true, ...fuse, access: 'w' }],
      'made read write null',
    ],
    [
      'lets the last one win',
      [none, { allow: true, ...fuse, access: 'rw' }, { allow: false, ...fuse, access: 'w' }],
      'made read null',
    ],
    ['takes any minor', [none, { allow: true, type: 'c', major: 10, access: 'rw' }], 'made read write null'],
    ['takes a rule for all', [none, { allow: true, access: 'rwm' }], 'made read write null'],
    [
      'does not take a block for a character device',
      [none, { allow: true, ...fuse, type: 'b', access: 'rw' }],
      'made null',
    ],
    [
      'denies mknod too when asked',
      [
        { allow: true, access: 'rw' },
        { allow: false, ...fuse, access: 'r' },
      ],
      'made write null',
    ],
  ];
  for (const [name, devices, expected] of cases)
    it(name, async () => {
      const end = await run(devices, probe);
      assert.equal(end.stdout.trim().split('\n').join(' '), expected, end.stderr);
    });

  it('opens for reading and writing at once only what is allowed for both', async () => {
    const both = [none, { allow: true, ...fuse, access: 'r' }, { allow: true, ...fuse, access: 'w' }];
    assert.equal((await run(both, 'mknod /k c 10 229; (: <>/k) && echo yes')).stdout, 'yes\n');
    assert.equal((await run(both.slice(0, 2), 'mknod /k c 10 229; (: <>/k) 2>/dev/null || echo no')).stdout, 'no\n');
  });

  it('keeps its rules over an exec and with all capabilities', async () => {
    const caps = ['CAP_MKNOD', 'CAP_SYS_ADMIN', 'CAP_DAC_OVERRIDE', 'CAP_CHOWN'];
    const end = await run(
      [none],
      'mount -t tmpfs none /tmp; mknod /tmp/k c 10 229; (: </tmp/k) 2>/dev/null || echo no',
      caps,
    );
    assert.equal(end.stdout, 'no\n', end.stderr);
  });

  it('makes the nodes of linux.devices with their mode and owner', async () => {
    const spec = box.spec(['stat', '-c', '%a %u %t %T', '/dev/k']);
    spec.linux['cgroupsPath'] = `${top}/c${++count}`;
    spec.linux['resources'] = { devices: [none, { allow: true, ...fuse, access: 'rw' }] };
    spec.linux['devices'] = [{ path: '/dev/k', ...fuse, fileMode: 0o640, uid: 1000, gid: 0 }];
    assert.equal((await box.run(spec)).stdout, '640 1000 a e5\n');
  });

  it('leaves every mount nodev without CAP_MKNOD', async () => {
    const end = await run([none], 'grep -c " / .*nodev" /proc/mounts', ['CAP_CHOWN']);
    assert.equal(end.stdout, '1\n');
  });

  it('lets the rules decide about nodes that are bound from the machine, also without CAP_MKNOD', async () => {
    const spec = (devices: object[]): Spec => {
      const made = box.spec(['sh', '-c', '(: </host/fuse) 2>&1 && echo opened']);
      made.linux['cgroupsPath'] = `${top}/c${++count}`;
      made.linux['resources'] = { devices };
      made.process.capabilities = { bounding: [], effective: [], permitted: [] };
      made.mounts.push({ destination: '/host', type: 'bind', source: '/dev', options: ['rbind', 'rw'] });
      return made;
    };
    assert.equal((await box.run(spec([none, { allow: true, ...fuse, access: 'r' }]))).stdout, 'opened\n');
    assert.match((await box.run(spec([none]))).stdout, /Operation not permitted/);
  });

  it('gives a bound node for reading alone', async () => {
    const spec = box.spec(['sh', '-c', 'head -c 0 /dev/k && echo read; (: >>/dev/k) 2>&1']);
    spec.linux['cgroupsPath'] = `${top}/c${++count}`;
    spec.linux['resources'] = { devices: [none, { allow: true, ...fuse, access: 'r' }] };
    spec.mounts.push({ destination: '/dev/k', type: 'bind', source: '/dev/fuse', options: ['bind', 'dev'] });
    assert.match((await box.run(spec)).stdout, /^read\n.*Operation not permitted/);
  });

  it('takes more rules than a person writes', async () => {
    const many = Array.from({ length: 1000 }, (_, minor) => ({
      allow: true,
      type: 'c',
      major: 200,
      minor,
      access: 'rw',
    }));
    const rules = [none, ...many, { allow: true, ...fuse, access: 'r' }];
    assert.equal((await run(rules, probe)).stdout, 'made\nread\nnull\n');
  });
});
