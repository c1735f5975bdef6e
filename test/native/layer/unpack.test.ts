// What slipway-layer makes of good layers: content, attributes, compression, digests. As this process and in a user namespace.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { archive, entry, END, paxHeader, rawEntry } from './archive.ts';
import {
  attributesOf,
  type Bench,
  digestOf,
  LAYER,
  listing,
  namespaceBench,
  plainBench,
  withoutNamespace,
} from './harness.ts';

const isRoot = process.getuid?.() === 0;
const text = (path: string): string => readFileSync(path, 'utf8');

describe('slipway-layer: content and attributes', { timeout: 120_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  it('makes files, directories, links and FIFOs with their modes and times', async () => {
    const got = await bench.unpack(
      archive(
        { name: './', mode: 0o750, mtime: 1000 },
        { name: './dir/', mode: 0o1777, mtime: 2000 },
        { name: './dir/file', data: 'content', mode: 0o4711, mtime: 3000 },
        { name: './dir/readonly', data: 'r', mode: 0o444 },
        { name: './dir/sgid/', mode: 0o2755 },
        { name: './dir/sgid/inside/', mode: 0o700 },
        { name: './link', type: '2', link: '/dir/file', mtime: 4000 },
        { name: './hard', type: '1', link: './dir/file' },
        { name: './fifo', type: '6', mode: 0o620 },
        { name: './empty' },
        { name: './contiguous', type: '7', data: 'seven' },
        { name: './old/', type: '\0', mode: 0o711 },
      ),
    );
    assert.equal(got.status, 'ok', got.message);
    const at = (name: string): Stats => lstatSync(join(got.dest, name));
    const mode = (name: string): number => at(name).mode & 0o7777;
    assert.deepEqual(
      ['.', 'dir', 'dir/file', 'dir/readonly', 'dir/sgid', 'dir/sgid/inside', 'fifo', 'old'].map(mode),
      [0o750, 0o1777, 0o4711, 0o444, 0o2755, 0o700, 0o620, 0o711],
    );
    assert.deepEqual(
      ['.', 'dir', 'dir/file', 'link'].map((name) => at(name).mtimeMs),
      [1e6, 2e6, 3e6, 4e6],
    );
    assert.equal(readlinkSync(join(got.dest, 'link')), '/dir/file');
    assert.equal(at('hard').ino, at('dir/file').ino);
    assert.ok(at('fifo').isFIFO());
    assert.equal(text(join(got.dest, 'contiguous')), 'seven');
    assert.deepEqual(got.implied, []);
    assert.equal(got.entries, 12);
    assert.equal(got.bytes, 13);
  });

  it('says which directories no entry was about', async () => {
    const got = await bench.unpack(
      archive({ name: 'a/b/c', data: '1' }, { name: 'a/d', data: '2' }, { name: 'x/y', data: '3' }, { name: 'x/' }),
    );
    assert.deepEqual(got.implied, ['a', 'a/b']);
    assert.equal(statSync(join(got.dest, 'a')).mode & 0o7777, 0o755);
  });

  it('takes the later of two entries with one name', async () => {
    const got = await bench.unpack(
      archive(
        { name: 'f', data: 'first, longer', mode: 0o600 },
        { name: 'f', data: 'second', mode: 0o640 },
        { name: 'dir/', mode: 0o700 },
        { name: 'dir/kept', data: 'k' },
        { name: 'dir/', mode: 0o755, mtime: 5000 },
        { name: 'tree/' },
        { name: 'tree/sub/deep/' },
        { name: 'tree/sub/file', data: 'x' },
        { name: 'tree', data: 'now a file' },
        { name: 'link', type: '2', link: '/nowhere' },
        { name: 'link/', mode: 0o711 },
        { name: 'link/inside', data: 'i' },
        { name: 'file', data: 'f' },
        { name: 'file', type: '2', link: 'f' },
        { name: 'again', type: '1', link: 'f' },
        { name: 'again', type: '1', link: 'f' },
        { name: 'f', type: '1', link: 'f' },
      ),
    );
    assert.equal(got.status, 'ok', got.message);
    const { dest } = got;
    assert.equal(text(join(dest, 'f')), 'second');
    assert.equal(statSync(join(dest, 'f')).mode & 0o777, 0o640);
    assert.deepEqual([statSync(join(dest, 'dir')).mode & 0o777, statSync(join(dest, 'dir')).mtimeMs], [0o755, 5e6]);
    assert.equal(text(join(dest, 'dir/kept')), 'k');
    assert.equal(text(join(dest, 'tree')), 'now a file');
    assert.equal(text(join(dest, 'link/inside')), 'i');
    assert.ok(lstatSync(join(dest, 'link')).isDirectory());
    assert.equal(readlinkSync(join(dest, 'file')), 'f');
    assert.equal(statSync(join(dest, 'again')).nlink, 2);
    assert.ok(!(got.implied ?? []).includes('tree/sub'));
  });

  it('reads long names in all their forms', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`;
    const target = 't/'.repeat(150);
    const got = await bench.unpack(
      archive(
        rawEntry('L', Buffer.from(`${long}-gnu\0`)),
        { name: 'cut', data: 'gnu' },
        rawEntry('K', Buffer.from(`${target}\0`)),
        { name: 'gnu-link', type: '2', link: 'cut' },
        { name: 'cut', data: 'pax', pax: { path: `${long}-pax` } },
        { name: 'pax-link', type: '2', link: 'cut', pax: { linkpath: target } },
        { name: 'c'.repeat(100), prefix: 'p'.repeat(155), data: 'ustar' },
        { name: 'ünï\ncode "quoted"', data: 'u' },
      ),
    );
    assert.equal(got.status, 'ok', got.message);
    assert.equal(text(join(got.dest, `${long}-gnu`)), 'gnu');
    assert.equal(text(join(got.dest, `${long}-pax`)), 'pax');
    assert.equal(readlinkSync(join(got.dest, 'gnu-link')), target);
    assert.equal(readlinkSync(join(got.dest, 'pax-link')), target);
    assert.equal(text(join(got.dest, 'p'.repeat(155), 'c'.repeat(100))), 'ustar');
    assert.equal(text(join(got.dest, 'ünï\ncode "quoted"')), 'u');
  });

  it('reads pax sizes, ids, times and attributes', async () => {
    const got = await bench.unpack(
      archive(
        paxHeader({ comment: 'about all', path: 'ignored' }, 'g'),
        { name: 'time', data: 't', pax: { mtime: '1234567890.123456789', atime: '1', comment: 'no matter' } },
        { name: 'early', data: 't', pax: { mtime: '-1.25' } },
        { name: 'before', data: 't', mtime: -5 },
        { name: 'size', data: '12345', size: 0, pax: { size: '5' } },
        { name: 'attributes', data: 'a', pax: { 'SCHILY.xattr.user.plain': 'one=two', 'SCHILY.xattr.user.empty': '' } },
        { name: 'ids', data: 'i', uid: 9, gid: 9, pax: { uid: `${process.getuid?.()}`, gid: `${process.getgid?.()}` } },
      ),
    );
    assert.equal(got.status, 'ok', got.message);
    const nanoseconds = (name: string): bigint => statSync(join(got.dest, name), { bigint: true }).mtimeNs;
    assert.deepEqual(
      [nanoseconds('time'), nanoseconds('early'), nanoseconds('before')],
      [1234567890123456789n, -1250000000n, -5000000000n],
    );
    assert.equal(text(join(got.dest, 'size')), '12345');
    const attributes = attributesOf(join(got.dest, 'attributes'));
    assert.match(attributes, /user\.plain=one=two\n/);
    assert.match(attributes, /user\.empty=\n/);
    assert.ok(!existsSync(join(got.dest, 'ignored')));
  });

  it(
    'gives owners, but not a directory’s group to what is in it',
    { skip: isRoot ? false : 'needs root' },
    async () => {
      const layer = archive(
        { name: 'd/', mode: 0o2775, gid: 50, uid: 7 },
        { name: 'd/file', data: 'x', gid: 0, mode: 0o6755 },
        { name: 'd/sub/', mode: 0o755 },
        { name: 'd/link', type: '2', link: 'x', uid: 4, gid: 5 },
        { name: 'big', uid: 4_000_000_000, gid: 3_000_000_000 },
      );
      const owner = (path: string): number[] => [
        lstatSync(path).uid,
        lstatSync(path).gid,
        lstatSync(path).mode & 0o7777,
      ];
      const got = await bench.unpack(layer);
      assert.equal(got.status, 'ok', got.message);
      assert.deepEqual(owner(join(got.dest, 'd')), [7, 50, 0o2775]);
      assert.deepEqual(owner(join(got.dest, 'd/file')), [0, 0, 0o6755]);
      assert.deepEqual(owner(join(got.dest, 'd/sub')), [0, 0, 0o755]);
      assert.deepEqual(owner(join(got.dest, 'd/link')).slice(0, 2), [4, 5]);
      assert.deepEqual(owner(join(got.dest, 'big')).slice(0, 2), [4_000_000_000, 3_000_000_000]);
      const squashed = await bench.unpack(layer, '--squash-ids');
      for (const name of ['d', 'd/file', 'd/sub', 'd/link', 'big']) {
        assert.deepEqual(owner(join(squashed.dest, name)).slice(0, 2), [0, 0]);
      }
      assert.equal(statSync(join(squashed.dest, 'd/file')).mode & 0o7777, 0o6755);
    },
  );

  it('writes sparse files of every form with their holes', async () => {
    const source = join(bench.directory, 'sparse-source');
    mkdirSync(source);
    const write =
      'printf start > s; printf middle | dd of=s bs=1 seek=1000000 conv=notrunc status=none; truncate -s 3000000 s; truncate -s 2000000 hole; printf plain > p; for i in $(seq 1 60); do printf x | dd of=many bs=1 seek=$((i*20000)) conv=notrunc status=none; done';
    execFileSync('sh', ['-c', write], { cwd: source });
    const forms = [
      ['--format=gnu'],
      ...['0.0', '0.1', '1.0'].map((version) => ['--format=posix', `--sparse-version=${version}`]),
    ];
    for (const form of forms) {
      const layer = execFileSync('tar', ['-c', '--sparse', ...form, '-C', source, 's', 'hole', 'p', 'many'], {
        maxBuffer: 1 << 24,
      });
      const got = await bench.unpack(layer);
      assert.equal(got.status, 'ok', `${form.join(' ')}: ${got.message}`);
      for (const name of ['s', 'hole', 'p', 'many']) {
        assert.ok(
          readFileSync(join(got.dest, name)).equals(readFileSync(join(source, name))),
          `${form.join(' ')} ${name}`,
        );
      }
      assert.ok(statSync(join(got.dest, 's')).blocks * 512 < 100_000);
      assert.ok((got.bytes ?? 0) < 1_000_000);
    }
  });

  it('makes of a real tree what GNU tar makes of it', async () => {
    for (const form of ['gnu', 'posix']) {
      const layer = join(bench.directory, `real-${form}.tar`);
      execFileSync('sh', [
        '-c',
        `tar -c --format=${form} -f ${layer} -C / etc -C /usr/share perl5 2>/dev/null || true`,
      ]);
      const theirs = bench.empty();
      const flags = isRoot ? ['-p', '--same-owner', '--numeric-owner'] : [];
      execFileSync('tar', ['-x', ...flags, '-f', layer, '-C', theirs]);
      const got = await bench.unpack(gzipSync(readFileSync(layer), { level: 1 }));
      assert.equal(got.status, 'ok', got.message);
      assert.deepEqual(listing(got.dest), listing(theirs));
      execFileSync('diff', ['-r', '--no-dereference', got.dest, theirs]);
    }
  });
});

describe('slipway-layer: compression and digests', { timeout: 60_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });
  const noise = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 0xff));
  const layer = archive({ name: 'a', data: noise }, { name: 'b', data: 'bee' });
  const cuts = [0, 3, 512, 70_000, 70_000, 262_144, layer.length];
  const parts = cuts.slice(1).map((cut, i) => layer.subarray(cuts[i], cut));

  it('knows the format by its first bytes', async () => {
    const forms: readonly (readonly [string, Buffer])[] = [
      ['none', layer],
      ['gzip', gzipSync(layer)],
      ['gzip', gzipSync(layer, { level: 0 })],
      ['gzip', Buffer.concat(parts.map((part) => gzipSync(part)))],
      ['zstd', zstdCompressSync(layer)],
      ['zstd', Buffer.concat(parts.map((part) => zstdCompressSync(part)))],
      [
        'zstd',
        Buffer.concat([
          Buffer.from('50 2a 4d 18 03 00 00 00 61 62 63'.replaceAll(' ', ''), 'hex'),
          zstdCompressSync(layer),
        ]),
      ],
    ];
    for (const [compression, bytes] of forms) {
      const got = await bench.unpack(
        bytes,
        '--size',
        `${bytes.length}`,
        '--digest',
        digestOf(bytes),
        '--diff-id',
        digestOf(layer),
      );
      const { exit, status, digest, size, diffId, diffSize, entries, bytes: content } = got;
      assert.deepEqual(
        { exit, status, digest, size, diffId, diffSize, entries, content, compression: got.compression },
        {
          exit: 0,
          status: 'ok',
          digest: digestOf(bytes),
          size: bytes.length,
          diffId: digestOf(layer),
          diffSize: layer.length,
          entries: 2,
          content: noise.length + 3,
          compression,
        },
      );
      assert.ok(readFileSync(join(got.dest, 'a')).equals(noise));
    }
  });

  it('takes the bytes in any pieces', async () => {
    const bytes = gzipSync(layer);
    async function* trickle(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 2000; at += 1) {
        yield bytes.subarray(at, at + 1);
        if (at < 20) await new Promise((resolve) => setImmediate(resolve));
      }
      yield bytes.subarray(2000);
    }
    const got = await bench.unpack(trickle(), '--diff-id', digestOf(layer));
    assert.equal(got.status, 'ok', got.message);
  });

  it('takes nothing for an empty layer', async () => {
    for (const bytes of [Buffer.alloc(0), END, Buffer.alloc(512), gzipSync(Buffer.alloc(0)), gzipSync(END)]) {
      const got = await bench.unpack(bytes);
      assert.deepEqual([got.status, got.entries], ['ok', 0]);
    }
  });

  it('hashes what comes after the end of the archive', async () => {
    const more = Buffer.concat([layer, Buffer.alloc(9000), Buffer.from('garbage')]);
    const got = await bench.unpack(gzipSync(more), '--diff-id', digestOf(more));
    assert.deepEqual([got.status, got.diffSize], ['ok', more.length]);
  });

  it('takes an archive that just stops after an entry', async () => {
    const got = await bench.unpack(Buffer.concat([entry({ name: 'x', data: 'y' })]));
    assert.equal(got.status, 'ok');
    const unpadded = await bench.unpack(entry({ name: 'x', data: 'y' }).subarray(0, 513));
    assert.equal(unpadded.status, 'ok');
    assert.equal(text(join(unpadded.dest, 'x')), 'y');
  });

  it('syncs', async () => {
    assert.deepEqual(await bench.run(['sync', bench.directory], Buffer.alloc(0)), { status: 'ok', exit: 0 });
    const missing = await bench.run(['sync', '/nonexistent'], Buffer.alloc(0));
    assert.deepEqual([missing.exit, missing.code, missing.errno], [1, 'Io', 2]);
  });

  it('says what is wrong with its command line', async () => {
    const wrong = [
      [],
      ['unpack'],
      ['pack'],
      ['sync'],
      ['unpack', '--dest'],
      ['unpack', '--dest', 'x', '--size', 'many'],
      ['unpack', '--dest', 'x', '--digest', 'sha256:AB'],
      ['unpack', '--dest', 'x', '--colour', 'y'],
    ];
    for (const args of wrong) {
      const answer = await bench.run(args, Buffer.alloc(0));
      assert.deepEqual([answer.exit, answer.code], [1, 'Usage'], args.join(' '));
    }
    assert.equal((await bench.run(['unpack', '--dest', '/nonexistent'], layer)).code, 'Io');
  });

  it(
    'needs no library but libc and the one beside it',
    { skip: process.env['SLIPWAY_TEST_LAYER'] === undefined ? false : 'another build is under test' },
    () => {
      const needed = execFileSync('ldd', [LAYER], { encoding: 'utf8' });
      assert.doesNotMatch(needed, /crypto|zstd/);
    },
  );
});

describe('slipway-layer: in a user namespace', { timeout: 60_000, skip: withoutNamespace() ?? false }, () => {
  let bench: Bench;
  let single: Bench;
  before(() => {
    bench = namespaceBench();
    single = namespaceBench(['--map-root-user']);
  });
  after(() => {
    bench.remove();
    single.remove();
  });
  const owned = archive(
    { name: 'a', data: 'a' },
    { name: 'b', uid: 33, gid: 44, data: 'b' },
    { name: 'c', uid: 65_534, gid: 65_534, mode: 0o4755 },
  );

  it('gives the owners of the range', async () => {
    const got = await bench.unpack(owned);
    assert.equal(got.status, 'ok', got.message);
    const own = statSync(got.dest).uid;
    const owner = (name: string): number => statSync(join(got.dest, name)).uid;
    assert.equal(owner('a'), own);
    assert.equal(owner('c') - owner('b'), 65_534 - 33);
    assert.equal(statSync(join(got.dest, 'c')).mode & 0o7777, 0o4755);
  });

  it('refuses owners outside of it, by name', async () => {
    const got = await bench.unpack(archive({ name: 'x', uid: 200_000, gid: 5 }));
    assert.deepEqual(
      [got.code, got.path, got.message],
      ['Refused', 'x', 'the owner 200000:5 is not mapped in this user namespace'],
    );
    assert.equal((await single.unpack(owned)).code, 'Refused');
  });

  it('squashes them with one id', async () => {
    const got = await single.unpack(owned, '--squash-ids');
    assert.equal(got.status, 'ok', got.message);
    assert.equal(new Set(readdirSync(got.dest).map((name) => statSync(join(got.dest, name)).uid)).size, 1);
  });

  it('leaves devices out, and makes whiteouts', async () => {
    for (const one of [bench, single]) {
      const got = await one.unpack(
        archive(
          { name: 'dev/' },
          { name: 'dev/null', type: '3', major: 1, minor: 3 },
          { name: 'dev/sda', type: '4', major: 8 },
          { name: '.wh.gone' },
          { name: 'dev/.wh..wh..opq' },
        ),
      );
      assert.equal(got.status, 'ok', got.message);
      assert.deepEqual(readdirSync(join(got.dest, 'dev')), []);
      assert.ok(lstatSync(join(got.dest, 'gone')).isCharacterDevice());
    }
  });

  it('leaves out attributes it may not set', async () => {
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    const got = await bench.unpack(
      archive({
        name: 'ping',
        data: 'x',
        pax: {
          'SCHILY.xattr.security.capability': capability,
          'SCHILY.xattr.trusted.x': 'y',
          'SCHILY.xattr.security.selinux': 'z',
          'SCHILY.xattr.user.kept': 'k',
        },
      }),
    );
    assert.equal(got.status, 'ok', got.message);
    const attributes = attributesOf(join(got.dest, 'ping'));
    assert.match(attributes, /security.capability/);
    assert.match(attributes, /user\.kept=k\n/);
    assert.doesNotMatch(attributes, /trusted|selinux/);
  });
});
