// Whiteouts in overlayfs's form, hard links into the layers below, and both seen through a real overlay mount.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { archive } from './archive.ts';
import { attributesOf, type Bench, plainBench, type Unpacked } from './harness.ts';

const isRoot = process.getuid?.() === 0;
const isOpaque = (path: string): boolean => attributesOf(path).includes('user.overlay.opaque=y\n');
const isWhiteout = (path: string): boolean => lstatSync(path).isCharacterDevice() && lstatSync(path).rdev === 0;

describe('slipway-layer: whiteouts', { timeout: 60_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  it('hides files and the content of directories', async () => {
    const got = await bench.unpack(
      archive(
        { name: 'd/' },
        { name: 'd/.wh.gone' },
        { name: 'e/' },
        { name: 'e/.wh..wh..opq' },
        { name: 'e/new', data: 'n' },
        { name: '.wh.top', data: 'content is no matter', uid: 2 ** 40 },
        { name: '.wh.many', type: '2', link: 'x' },
      ),
    );
    assert.equal(got.status, 'ok', got.message);
    for (const name of ['d/gone', 'top', 'many']) assert.ok(isWhiteout(join(got.dest, name)), name);
    assert.ok(isOpaque(join(got.dest, 'e')));
    assert.ok(!isOpaque(join(got.dest, 'd')));
    assert.deepEqual(got.implied, []);
  });

  it('is about the layers below only, in any order', async () => {
    const got = await bench.unpack(
      archive(
        { name: 'file', data: 'here' },
        { name: '.wh.file' },
        { name: 'dir/' },
        { name: 'dir/x', data: 'x' },
        { name: '.wh.dir' },
        { name: '.wh.later' },
        { name: 'later/' },
        { name: '.wh.implied' },
        { name: 'implied/x', data: 'x' },
        { name: '.wh.back' },
        { name: 'back', data: 'b' },
        { name: '.wh.twice' },
        { name: '.wh.twice' },
      ),
    );
    assert.equal(got.status, 'ok', got.message);
    assert.equal(readFileSync(join(got.dest, 'file'), 'utf8'), 'here');
    for (const name of ['dir', 'later', 'implied']) assert.ok(isOpaque(join(got.dest, name)), name);
    assert.equal(readFileSync(join(got.dest, 'back'), 'utf8'), 'b');
    assert.ok(isWhiteout(join(got.dest, 'twice')));
    assert.deepEqual(got.implied, ['implied']);
  });

  it('leaves out the notes of aufs', async () => {
    const got = await bench.unpack(
      archive({ name: '.wh..wh.plnk', data: 'x' }, { name: '.wh..wh.aufs' }, { name: 'x' }),
    );
    assert.equal(got.status, 'ok');
    assert.deepEqual(got.implied, []);
  });

  it('refuses the whiteout of nothing, of more than a name, and through a link', async () => {
    for (const name of ['.wh.', '.wh..', '.wh...', 'd/.wh..', '.wh.x/y', 'a/.wh.b/c']) {
      const got = await bench.unpack(archive({ name }));
      assert.equal(got.code, 'Refused', name);
    }
    const linked = await bench.unpack(archive({ name: 'l', type: '2', link: '/etc' }, { name: 'l/.wh.passwd' }));
    assert.equal(linked.status, 'ok');
    assert.ok(isWhiteout(join(linked.dest, 'etc/passwd')));
    assert.ok(!lstatSync('/etc/passwd').isCharacterDevice());
  });

  it('can’t link to a whiteout', async () => {
    const got = await bench.unpack(archive({ name: '.wh.x' }, { name: 'y', type: '1', link: 'x' }));
    assert.equal(got.code, 'NeedsLower');
  });

  it('hides everything below from the top', async () => {
    const layer = archive({ name: '.wh..wh..opq' }, { name: 'kept/' });
    assert.equal((await bench.unpack(layer)).code, 'NeedsLower');
    const lower = bench.empty();
    for (const name of ['a', 'kept']) mkdirSync(join(lower, name));
    const got = await bench.unpack(layer, '--lower', lower);
    assert.ok(isWhiteout(join(got.dest, 'a')));
    assert.ok(isOpaque(join(got.dest, 'kept')));
  });
});

describe('slipway-layer: links into the layers below', { timeout: 60_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  it('asks for them', async () => {
    const got = await bench.unpack(archive({ name: 'new', type: '1', link: 'usr/bin/old' }));
    assert.deepEqual([got.exit, got.code, got.path], [1, 'NeedsLower', 'new']);
    const deep = await bench.unpack(
      archive({ name: 'new', type: '1', link: 'x' }),
      '--lower',
      bench.empty(),
      '--lower',
      bench.empty(),
    );
    assert.equal(deep.code, 'NeedsLower');
  });

  it('copies the file up and links it', async () => {
    const [top, bottom] = [bench.empty(), bench.empty()];
    mkdirSync(join(bottom, 'usr/bin'), { recursive: true });
    writeFileSync(join(bottom, 'usr/bin/old'), 'tool', { mode: 0o755 });
    symlinkSync('old', join(bottom, 'usr/bin/name'));
    writeFileSync(join(bottom, 'both'), 'bottom');
    writeFileSync(join(top, 'both'), 'top');
    const got = await bench.unpack(
      archive(
        { name: 'usr/' },
        { name: 'usr/new', type: '1', link: 'usr/bin/old' },
        { name: 'usr/newer', type: '1', link: '/usr/bin/old' },
        { name: 'link', type: '1', link: 'usr/bin/name' },
        { name: 'both2', type: '1', link: 'both' },
      ),
      '--lower',
      top,
      '--lower',
      bottom,
    );
    assert.equal(got.status, 'ok', got.message);
    const st = lstatSync(join(got.dest, 'usr/new'));
    assert.deepEqual([st.nlink, st.mode & 0o777, st.ino], [3, 0o755, lstatSync(join(got.dest, 'usr/bin/old')).ino]);
    assert.equal(readFileSync(join(got.dest, 'usr/newer'), 'utf8'), 'tool');
    assert.equal(readlinkSync(join(got.dest, 'link')), 'old');
    assert.equal(readFileSync(join(got.dest, 'both2'), 'utf8'), 'top');
    assert.deepEqual(got.implied, ['usr/bin']);
    assert.equal(lstatSync(join(bottom, 'usr/bin/old')).nlink, 1);
  });

  it('sees no file through whiteouts, opaque directories and links out', async () => {
    const bottom = bench.empty();
    for (const directory of ['a', 'b', 'c']) {
      mkdirSync(join(bottom, directory));
      writeFileSync(join(bottom, directory, 'f'), directory);
    }
    symlinkSync('/etc', join(bottom, 'etc-link'));
    const top: Unpacked = await bench.unpack(
      archive({ name: '.wh.a' }, { name: 'b/' }, { name: 'b/.wh..wh..opq' }, { name: 'c', data: 'a file now' }),
    );
    for (const link of ['a/f', 'b/f', 'c/f', 'etc-link/passwd', 'etc-link/hostname', '../../etc/passwd']) {
      const got = await bench.unpack(archive({ name: 'x', type: '1', link }), '--lower', top.dest, '--lower', bottom);
      assert.equal(got.code, link.includes('..') ? 'Refused' : 'NeedsLower', link);
    }
  });
});

const script = `
set -e
cd "$1"
mount -t overlay overlay -o lowerdir=top:bottom,userxattr merged
find merged -mindepth 1 | sort
umount merged
`;

describe('slipway-layer: through overlayfs', { skip: isRoot ? false : 'needs root to mount' }, () => {
  it('shows what the whiteouts say', async (context) => {
    const bench = plainBench();
    context.after(() => {
      bench.remove();
    });
    const bottom = await bench.unpack(
      archive(
        ...['keep/', 'gone/', 'opaque/', 'renewed/'].map((name) => ({ name })),
        ...['keep/a', 'keep/b', 'gone/x', 'opaque/old', 'renewed/old', 'file'].map((name) => ({ name, data: name })),
      ),
    );
    const top = await bench.unpack(
      archive(
        { name: 'keep/' },
        { name: 'keep/.wh.b' },
        { name: '.wh.gone' },
        { name: 'opaque/' },
        { name: 'opaque/.wh..wh..opq' },
        { name: 'opaque/new' },
        { name: '.wh.renewed' },
        { name: 'renewed/' },
        { name: '.wh.file' },
      ),
    );
    assert.deepEqual([bottom.status, top.status], ['ok', 'ok']);
    mkdirSync(join(bench.directory, 'merged'));
    symlinkSync(bottom.dest, join(bench.directory, 'bottom'));
    symlinkSync(top.dest, join(bench.directory, 'top'));
    const seen = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', bench.directory], { encoding: 'utf8' });
    assert.equal(seen.status, 0, seen.stderr);
    assert.deepEqual(seen.stdout.trim().split('\n'), [
      'merged/keep',
      'merged/keep/a',
      'merged/opaque',
      'merged/opaque/new',
      'merged/renewed',
    ]);
    execFileSync('true');
  });
});
