// A volume's first use: `copyup=first` of a bind, whatever the image has put there, whoever was killed in between.

import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { archive } from '../layer/archive.ts';
import { attributesOf } from '../layer/harness.ts';
import { ociBox } from './oci-box.ts';
import { inUserNamespace, runtime, unavailable, type Mount } from './support.ts';

describe('first use of a volume', { skip: unavailable, timeout: 120_000 }, () => {
  const { box, state, oci, bundle, dispose } = ociBox();
  after(dispose);
  let count = 0;
  const newVolume = (): string => {
    const place = join(box.dir, `volume${++count}`);
    mkdirSync(join(place, 'data'), { recursive: true });
    return place;
  };
  const run = (
    place: string,
    args: string[],
    options = ['copyup=first'],
    destination = '/srv',
  ): SpawnSyncReturns<string> => {
    const mount = { destination, type: 'bind', source: join(place, 'data'), options: ['bind', ...options] };
    return oci(
      'run',
      '-b',
      bundle(args, (spec) => spec.mounts.push(mount)),
      `fill${++count}`,
    );
  };
  /** Nothing but the volume itself is left beside it. */
  const assertClean = (place: string): void => {
    assert.deepEqual(readdirSync(place), ['data']);
  };

  const srv = join(box.rootfs, 'srv');
  mkdirSync(join(srv, 'deep/deeper'), { recursive: true });
  chmodSync(srv, 0o1750);
  chownSync(srv, 7, 8);
  const pax = { 'SCHILY.xattr.user.kept': 'yes' };
  spawnSync('tar', ['-x', '--xattrs', '--xattrs-include=*', '-C', srv], {
    input: archive({ name: 'file', data: 'content', pax }),
  });
  chownSync(join(srv, 'file'), 1000, 1000);
  chmodSync(join(srv, 'file'), 0o4755);
  utimesSync(join(srv, 'file'), 1_000_000, 1_000_000);
  linkSync(join(srv, 'file'), join(srv, 'deep/deeper/second'));
  symlinkSync('/etc/passwd', join(srv, 'link'));
  spawnSync('mkfifo', [join(srv, 'fifo')]);
  writeFileSync(join(srv, 'sparse'), 'x');
  truncateSync(join(srv, 'sparse'), 64 << 20);
  if (!inUserNamespace) spawnSync('mknod', [join(srv, 'null'), 'c', '1', '3']);

  it('copies everything with owners, permissions, attributes, times, hard links and holes', () => {
    const place = newVolume();
    const data = join(place, 'data');
    const { status, stderr } = run(place, ['true']);
    assert.equal(status, 0, stderr);
    assert.deepEqual([statSync(data).mode & 0o7777, statSync(data).uid, statSync(data).gid], [0o1750, 7, 8]);
    const file = statSync(join(data, 'file'));
    assert.deepEqual([file.mode & 0o7777, file.uid, file.mtimeMs, file.nlink], [0o4755, 1000, 1e9, 2]);
    assert.equal(statSync(join(data, 'deep/deeper/second')).ino, file.ino);
    assert.match(attributesOf(join(data, 'file')), /SCHILY\.xattr\.user\.kept=yes\n/);
    assert.equal(readlinkSync(join(data, 'link')), '/etc/passwd');
    assert.ok(lstatSync(join(data, 'fifo')).isFIFO());
    const sparse = statSync(join(data, 'sparse'));
    assert.equal(sparse.size, 64 << 20);
    assert.ok(sparse.blocks < 100, String(sparse.blocks));
    if (!inUserNamespace) assert.equal(lstatSync(join(data, 'null')).rdev, (1 << 8) | 3);
    assertClean(place);
  });

  it('leaves a volume with anything in it, and one without the option, as they are', () => {
    const place = newVolume();
    writeFileSync(join(place, 'data/mine'), '');
    assert.equal(run(place, ['true']).status, 0);
    assert.deepEqual(readdirSync(join(place, 'data')), ['mine']);
    for (const options of [[], ['copyup=rest']]) {
      const other = newVolume();
      assert.equal(run(other, ['true'], options).status, 0);
      assert.deepEqual(readdirSync(join(other, 'data')), []);
    }
  });

  it('where the image has nothing leaves owner and mode', () => {
    const place = newVolume();
    chownSync(join(place, 'data'), 5, 5);
    assert.equal(run(place, ['true'], ['copyup=first'], '/nowhere').status, 0);
    assert.equal(statSync(join(place, 'data')).uid, 5);
  });

  it('works for a read-only mount', () => {
    const place = newVolume();
    const { stdout } = run(place, ['sh', '-c', 'cat /srv/file; touch /srv/x || true'], ['copyup=first', 'ro']);
    assert.equal(stdout, 'content');
  });

  it('never copies what a link of the image leads to outside of it', () => {
    symlinkSync('/proc', join(box.rootfs, 'to-proc'));
    symlinkSync('/sys', join(box.rootfs, 'to-sys'));
    symlinkSync('../../../../../../etc', join(box.rootfs, 'to-etc'));
    const secret = join(box.dir, 'secret');
    writeFileSync(secret, 'of the machine');
    symlinkSync(box.dir, join(box.rootfs, 'to-machine'));
    for (const link of ['/to-proc', '/to-sys', '/to-machine']) {
      const place = newVolume();
      run(place, ['true'], ['copyup=first'], link);
      assert.deepEqual(readdirSync(join(place, 'data')), [], link);
      assertClean(place);
    }
    const theirs = newVolume();
    writeFileSync(join(theirs, 'data/theirs'), '');
    symlinkSync('/other', join(box.rootfs, 'to-other'));
    const bind = (source: string, destination: string, ...options: string[]): Mount => ({
      ...{ destination, type: 'bind', source: join(source, 'data'), options: ['bind', ...options] },
    });
    const ours = newVolume();
    const mounts = [bind(theirs, '/other'), bind(ours, '/to-other', 'copyup=first')];
    assert.equal(
      oci(
        'run',
        '-b',
        bundle(['true'], (spec) => spec.mounts.push(...mounts)),
        'other',
      ).status,
      0,
    );
    assert.deepEqual(readdirSync(join(ours, 'data')), []);
    const place = newVolume();
    assert.equal(run(place, ['true'], ['copyup=first'], '/to-etc').status, 0);
    assert.match(readFileSync(join(place, 'data/passwd'), 'utf8'), /^root:x:0:0::\/root:\/bin\/sh\n/);
  });

  it('brings what a killed copy has completed to its end, and begins anew what it has not', () => {
    const place = newVolume();
    mkdirSync(join(place, 'fill/half'), { recursive: true });
    mkdirSync(join(place, 'links'));
    writeFileSync(join(place, 'links/1.2'), 'half');
    assert.equal(run(place, ['true']).status, 0);
    assert.ok(!existsSync(join(place, 'data/half')));
    assert.equal(readFileSync(join(place, 'data/file'), 'utf8'), 'content');
    assertClean(place);

    const moving = newVolume();
    mkdirSync(join(moving, 'filled/tree'), { recursive: true, mode: 0o711 });
    writeFileSync(join(moving, 'filled/both'), 'ours');
    writeFileSync(join(moving, 'filled/tree/leaf'), 'leaf');
    writeFileSync(join(moving, 'data/both'), 'theirs');
    assert.equal(run(moving, ['true'], ['copyup=rest']).status, 0);
    assert.equal(readFileSync(join(moving, 'data/both'), 'utf8'), 'theirs');
    assert.equal(readFileSync(join(moving, 'data/tree/leaf'), 'utf8'), 'leaf');
    assertClean(moving);
  });

  it('is an error when the disk is full, and nothing is left', { skip: inUserNamespace && 'mounts a tmpfs' }, () => {
    const place = newVolume();
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place]);
    try {
      mkdirSync(join(place, 'data'));
      writeFileSync(join(srv, 'big'), Buffer.alloc(1 << 20));
      const { status, stderr } = run(place, ['true']);
      assert.equal(status, 1);
      assert.match(stderr, /copy up \/srv: No space left/);
      assert.deepEqual(readdirSync(join(place, 'data')), []);
      assertClean(place);
    } finally {
      rmSync(join(srv, 'big'));
      spawnSync('umount', [place]);
    }
  });

  it('by many at once is done once', () => {
    const place = newVolume();
    const mount = { destination: '/srv', type: 'bind', source: join(place, 'data'), options: ['bind', 'copyup=first'] };
    const bundles = Array.from({ length: 6 }, () =>
      bundle(['sh', '-c', 'ls /srv | wc -l'], (spec) => spec.mounts.push(mount)),
    );
    const names = String(readdirSync(srv).length);
    const script = bundles.map((path, index) => `"$1" --root "$2" run -b '${path}' at-once${index} &`).join(' ');
    const { stdout } = spawnSync('sh', ['-c', `${script} wait`, 'sh', runtime, state], { encoding: 'utf8' });
    assert.deepEqual(
      stdout.trim().split(/\s+/),
      bundles.map(() => names),
    );
    assertClean(place);
  });

  it('resolves a subpath inside of the volume, and nowhere else', () => {
    const place = newVolume();
    mkdirSync(join(place, 'data/a/b'), { recursive: true });
    writeFileSync(join(place, 'data/a/b/leaf'), 'leaf');
    symlinkSync('/a', join(place, 'data/inside'));
    symlinkSync('/', join(place, 'data/root'));
    symlinkSync('../../../../etc', join(place, 'data/out'));
    assert.equal(run(place, ['cat', '/srv/leaf'], ['subpath=a/b']).stdout, 'leaf');
    assert.equal(run(place, ['cat', '/srv/b/leaf'], ['subpath=inside']).stdout, 'leaf');
    assert.equal(run(place, ['ls', '/srv'], ['subpath=root']).stdout, 'a\ninside\nout\nroot\n');
    for (const subpath of ['out', 'missing']) {
      const { status, stderr } = run(place, ['true'], [`subpath=${subpath}`]);
      assert.equal(status, 1);
      assert.match(stderr, /open subpath .*No such file/);
    }
  });
});
