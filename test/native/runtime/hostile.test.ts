// What of a hostile image or config is refused, or does no harm (security.md).

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inUserNamespace, Sandbox, unavailable } from './support.ts';

describe('hostile images and configs', { skip: unavailable, timeout: 120_000 }, () => {
  const box = new Sandbox();
  after(() => {
    box.dispose();
  });

  it('refuses sysctls of the machine', async () => {
    const spec = box.spec(['true']);
    spec.linux.sysctl = { 'kernel.panic': readFileSync('/proc/sys/kernel/panic', 'utf8').trim() };
    const shim = await box.start(spec);
    assert.deepEqual([shim.ready.code, shim.ready.path], [125, 'linux.sysctl.kernel.panic']);
  });

  for (const [link, to] of [
    ['proc', '/tmp'],
    ['dev', '/etc'],
    ['sys', '../../..'],
    ['proc', '/proc/self/root'],
  ] as const) {
    it(`refuses an image whose /${link} is a link to ${to}`, async () => {
      const lower = join(box.dir, `link-${link}-${to.length}`);
      mkdirSync(lower);
      symlinkSync(to, join(lower, link));
      const spec = box.spec(['true']);
      spec.mounts[0]?.options?.unshift(`lowerdir+=${lower}`);
      const shim = await box.start(spec);
      assert.deepEqual([shim.ready.code, shim.ready.errno], [125, 40]);
      assert.match(shim.ready.message ?? '', /symbolic link/);
    });
  }

  it('follows links of the image only inside of it', async () => {
    const outside = join(box.dir, 'outside');
    const lower = join(box.dir, 'escape');
    const leaf = `slipway-escape-${process.pid}`; // nobody else's in /tmp
    mkdirSync(outside);
    mkdirSync(lower);
    symlinkSync(outside, join(lower, 'absolute'));
    symlinkSync('../../../../../../../../tmp', join(lower, 'dots'));
    mkdirSync(join(box.dir, 'volume'), { recursive: true });
    const spec = box.spec(['sh', '-c', `ls -d /absolute/${leaf} /dots/${leaf}`]);
    spec.mounts[0]?.options?.unshift(`lowerdir+=${lower}`);
    for (const name of ['absolute', 'dots'])
      spec.mounts.push({
        destination: `/${name}/${leaf}`,
        type: 'bind',
        source: join(box.dir, 'volume'),
        options: ['bind'],
      });
    const shim = await box.start(spec);
    // A dangling absolute link can't be created through: refused. Nothing may appear outside in any case.
    if (shim.ready.status === 'started') await shim.finish();
    assert.deepEqual(readdirSync(outside), []);
    assert.ok(!existsSync(join('/tmp', leaf)));
  });

  it('covers nothing inside of /proc', async () => {
    const spec = box.spec(['true']);
    spec.mounts.push({ destination: '/tmp/../proc/self', type: 'tmpfs', source: 'tmpfs', options: [] });
    const shim = await box.start(spec);
    assert.equal(shim.ready.code, 125);
    assert.match(shim.ready.message ?? '', /inside of \/proc/);
  });

  it('gives a device that the machine has no node for only as root of the machine', async () => {
    const spec = box.spec(['stat', '-c', '%t:%T', '/dev/kmsg']);
    spec.linux['devices'] = [{ path: '/dev/kmsg', type: 'c', major: 240, minor: 99 }];
    if (!inUserNamespace) {
      assert.equal((await box.run(spec)).stdout, 'f0:63\n');
      return;
    }
    const shim = await box.start(spec);
    assert.deepEqual([shim.ready.code, shim.ready.step, shim.ready.path], [125, 'device', '/dev/kmsg']);
  });

  it('refuses ids over 2³¹', async () => {
    for (const user of [
      { uid: 2 ** 31, gid: 0 },
      { uid: 0, gid: 2 ** 31 },
      { uid: 0, gid: 0, additionalGids: [2 ** 32 - 1] },
    ]) {
      const shim = await box.start(box.spec(['true'], { user }));
      assert.equal(shim.ready.code, 125);
      assert.match(`${shim.ready.path ?? ''} ${shim.ready.message ?? ''}`, /process\.user/);
      assert.doesNotMatch(shim.ready.message ?? '', /not mapped/);
    }
  });

  describe('users by name', () => {
    const id = async (user: string, change: (lower: string) => void = () => undefined): Promise<string> => {
      const lower = join(box.dir, `users${Math.random()}`);
      mkdirSync(join(lower, 'etc'), { recursive: true });
      writeFileSync(join(lower, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nworker:x:0:0::/work:/bin/sh\n');
      writeFileSync(join(lower, 'etc/group'), 'root:x:0:root\ntop:x:70000000:worker,root\n');
      change(lower);
      const spec = box.spec(['sh', '-c', 'id -u; id -G; echo $HOME'], { env: ['PATH=/bin'] });
      Object.assign(spec, { annotations: { 'dev.slipway.user': user } });
      spec.mounts[0]?.options?.unshift(`lowerdir+=${lower}`);
      const shim = await box.start(spec);
      return shim.ready.status === 'started'
        ? (await shim.finish()).stdout
        : `${shim.ready.code ?? 0} ${shim.ready.message ?? ''}`;
    };

    it('are looked up in the image, with groups that are mapped and home', async () => {
      // Only a map of all ids knows group 70000000; elsewhere it is left out.
      assert.equal(await id('worker'), inUserNamespace ? '0\n0\n/work\n' : '0\n0 70000000\n/work\n');
      assert.match(await id(''), /^0\n.*\n\/root\n$/);
    });

    it('that are not there are an error', async () => {
      assert.match(await id('nobody-here'), /^125 no user nobody-here/);
      assert.match(await id('root:nogroup'), /^125 no group nogroup/);
      assert.match(await id('4294967295'), /^125 no user/);
    });

    it('are never read from a link out of the image, a FIFO or a huge file', async () => {
      const replace = (make: (file: string) => void) => (lower: string) => {
        rmSync(join(lower, 'etc/passwd'));
        make(join(lower, 'etc/passwd'));
      };
      const outside = join(box.dir, 'outside-passwd');
      writeFileSync(outside, 'secret:x:0:0::/:/bin/sh\n');
      assert.match(
        await id(
          'secret',
          replace((file) => {
            symlinkSync(outside, file);
          }),
        ),
        /^125 no user secret/,
      );
      assert.match(
        await id(
          'secret',
          replace((file) => {
            execFileSync('mkfifo', [file]);
          }),
        ),
        /^125 not a regular file/,
      );
      assert.match(
        await id(
          'secret',
          replace((file) => {
            writeFileSync(file, Buffer.alloc(11 << 20));
          }),
        ),
        /^125 File too large/,
      );
    });
  });
});
