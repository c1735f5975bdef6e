// tmpcopyup: a tmpfs that begins with what the image has there, whatever the image has put there.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { ociBox } from './oci-box.ts';
import { unavailable } from './support.ts';

describe('tmpcopyup', { skip: unavailable, timeout: 60_000 }, () => {
  const { box, oci, bundle, dispose } = ociBox();
  after(dispose);
  const run = (args: string[], options: string[]): SpawnSyncReturns<string> => {
    const mount = { destination: '/srv', type: 'tmpfs', source: 'tmpfs', options };
    return oci(
      'run',
      '-b',
      bundle(args, (spec) => spec.mounts.push(mount)),
      'copyup',
    );
  };
  mkdirSync(join(box.rootfs, 'srv/deep/deeper'), { recursive: true });
  chmodSync(join(box.rootfs, 'srv'), 0o750);
  writeFileSync(join(box.rootfs, 'srv/file'), 'content');
  chownSync(join(box.rootfs, 'srv/file'), 1000, 1000);
  chmodSync(join(box.rootfs, 'srv/file'), 0o4755);
  utimesSync(join(box.rootfs, 'srv/file'), 1_000_000, 1_000_000);
  symlinkSync('/etc/passwd', join(box.rootfs, 'srv/link'));
  writeFileSync(join(box.rootfs, 'srv/deep/deeper/leaf'), 'leaf');
  spawnSync('mkfifo', [join(box.rootfs, 'srv/fifo')]);

  it('copies files, directories, links, owners, permissions and times, and leaves the rest out', () => {
    const script =
      'cd /srv; stat -c "%n %a %u %Y" file; cat file deep/deeper/leaf; echo; readlink link; ls; stat -c %a .; stat -f -c %T .';
    const { status, stdout, stderr } = run(['sh', '-c', script], ['tmpcopyup']);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'file 4755 1000 1000000\ncontentleaf\n/etc/passwd\ndeep\nfile\nlink\n750\ntmpfs\n');
  });

  it('works read-only, and with a mode of its own', () => {
    const { status, stdout } = run(
      ['sh', '-c', 'cat /srv/file; touch /srv/x; stat -c %a /srv'],
      ['tmpcopyup', 'ro', 'mode=0711'],
    );
    assert.equal(status, 0);
    assert.equal(stdout, 'content711\n');
  });

  it('is an error when it does not fit, and nothing is left', () => {
    writeFileSync(join(box.rootfs, 'srv/big'), Buffer.alloc(1 << 20));
    const { status, stderr } = run(['true'], ['tmpcopyup', 'size=64k']);
    assert.equal(status, 1);
    assert.match(stderr, /copy up \/srv: No space left/);
  });
});
