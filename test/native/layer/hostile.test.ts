// Layers that try to reach outside, to lie, or to be too much: each is refused or bounded, by name (security design, "layer tar").

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { createZstdCompress, constants, gzipSync, zstdCompressSync } from 'node:zlib';

import { zeroBomb } from '../../support/hostile/bomb.ts';
import { archive, checksum, entry, type Entry, END, number, paxHeader, rawEntry } from './archive.ts';
import {
  type Answer,
  attributesOf,
  type Bench,
  digestOf,
  LAYER,
  namespaceBench,
  plainBench,
  withoutNamespace,
} from './harness.ts';

const isRoot = process.getuid?.() === 0;
const text = (path: string): string => readFileSync(path, 'utf8');

const benches: readonly (readonly [string, string | false, () => Bench])[] = [
  ['as this user', false, plainBench],
  ['in a user namespace', withoutNamespace() ?? false, namespaceBench],
];

for (const [how, skip, make] of benches) {
  describe(`slipway-layer: names that lead out, ${how}`, { timeout: 60_000, skip }, () => {
    let bench: Bench;
    let outside: string;
    before(() => {
      bench = make();
      outside = mkdtempSync(join(tmpdir(), 'slipway-outside-'));
    });
    after(() => {
      assert.deepEqual(readdirSync(outside), []);
      rmSync(outside, { recursive: true });
      bench.remove();
    });

    const refused = async (code: string, ...entries: readonly (Entry | Buffer)[]): Promise<void> => {
      const got = await bench.unpack(archive(...entries));
      assert.deepEqual([got.exit, got.code], [1, code], `${JSON.stringify(entries)} ${got.message}`);
    };

    it('refuses ".."', async () => {
      for (const name of ['..', '../x', 'a/../../x', 'a/..', './../x', '/../x', 'a/../b', '..//x', '../']) {
        await refused('Refused', { name, data: 'x' });
        await refused('Refused', { name: 'cut', data: 'x', pax: { path: name } });
        await refused('Refused', rawEntry('L', Buffer.from(`${name}\0`)), { name: 'cut', type: '2', link: 'x' });
        await refused('Refused', { name: 'x', type: '1', link: name });
      }
      assert.ok(!existsSync(join(bench.directory, 'x')));
    });

    it('takes absolute names as names inside', async () => {
      const got = await bench.unpack(
        archive({ name: '/etc/x', data: '1' }, { name: '//y', data: '2' }, { name: `${outside}/z`, data: '3' }),
      );
      assert.equal(got.status, 'ok', got.message);
      assert.deepEqual(
        [text(join(got.dest, 'etc/x')), text(join(got.dest, 'y')), text(join(got.dest, outside, 'z'))],
        ['1', '2', '3'],
      );
    });

    it('follows links, but never out', async () => {
      const up = '../'.repeat(20);
      const got = await bench.unpack(
        archive(
          { name: 'real/' },
          { name: 'in', type: '2', link: 'real' },
          { name: 'in/a', data: 'a' },
          { name: 'absolute', type: '2', link: outside },
          { name: 'absolute/b', data: 'b' },
          { name: 'up', type: '2', link: `${up}${outside}` },
          { name: 'up/c', data: 'c' },
          { name: 'root', type: '2', link: '/' },
          { name: 'root/d', data: 'd' },
          { name: 'chain', type: '2', link: 'up/../chain2' },
          { name: 'real/deep/' },
          { name: 'dots', type: '2', link: 'real/deep/../..' },
          { name: 'dots/e', data: 'e' },
          { name: 'magic', type: '2', link: '/proc/self/root' },
          { name: 'magic/f', data: 'f' },
        ),
      );
      assert.equal(got.status, 'ok', got.message);
      const names = ['real/a', `${outside}/b`, `${outside}/c`, 'd', 'e', 'proc/self/root/f'];
      assert.deepEqual(
        names.map((name) => text(join(got.dest, name))),
        ['a', 'b', 'c', 'd', 'e', 'f'],
      );
    });

    it('replaces a link instead of writing through it', async () => {
      const got = await bench.unpack(
        archive(
          { name: 'f', type: '2', link: `${outside}/f` },
          { name: 'f', data: 'mine', mode: 0o4777 },
          { name: 'd', type: '2', link: outside },
          { name: 'd/' },
          { name: 'd/x', data: 'x' },
          { name: 'n', type: '2', link: `${outside}/n` },
          { name: 'n', type: '6' },
          { name: 'h', type: '2', link: `${outside}/h` },
          { name: 'h', type: '1', link: 'f' },
        ),
      );
      assert.equal(got.status, 'ok', got.message);
      for (const name of ['f', 'd/x', 'n', 'h']) assert.ok(!lstatSync(join(got.dest, name)).isSymbolicLink());
    });

    it('links to nothing outside', async () => {
      await refused('NeedsLower', { name: 'x', type: '1', link: '/etc/passwd' });
      await refused('NeedsLower', { name: 'l', type: '2', link: '/etc' }, { name: 'x', type: '1', link: 'l/passwd' });
      const got = await bench.unpack(
        archive({ name: 'l', type: '2', link: '/etc/passwd' }, { name: 'x', type: '1', link: 'l' }),
      );
      assert.equal(got.status, 'ok');
      assert.ok(lstatSync(join(got.dest, 'x')).isSymbolicLink());
      await refused('Refused', { name: 'd/' }, { name: 'x', type: '1', link: 'd' });
      await refused('Refused', { name: 'x', type: '1', link: '/' });
    });

    it('refuses names through files, loops and too much', async () => {
      await refused('Refused', { name: 'f', data: 'x' }, { name: 'f/x', data: 'y' });
      await refused(
        'Refused',
        { name: 'a', type: '2', link: 'b' },
        { name: 'b', type: '2', link: 'a' },
        { name: 'a/x', data: 'y' },
      );
      await refused('Refused', { name: 'a', type: '2', link: 'a' }, { name: 'a/x', data: 'y' });
      await refused('Refused', { name: 'a', type: '2', link: 'a/b' }, { name: 'a/x', data: 'y' });
      // The kernel ends at what is missing; making that and going on meets the link again, for ever.
      await refused('Refused', { name: 'l', type: '2', link: 'missing/../l' }, { name: 'l/x', data: 'y' });
      await refused('Refused', { name: 'cut', pax: { path: 'x'.repeat(256) } });
      await refused('Malformed', { name: 'cut', pax: { path: 'x/'.repeat(2100) } });
      await refused('Malformed', rawEntry('L', Buffer.from('x/'.repeat(2100))), { name: 'cut' });
      await refused('Malformed', { name: '' });
      await refused('Malformed', { name: 'l', type: '2', link: '' });
      await refused('Refused', { name: '/', type: '2', link: 'x' });
      const deep = await bench.unpack(
        archive({ name: 'cut/', pax: { path: 'd/'.repeat(2040) } }, { name: 'd', data: 'flat' }),
      );
      assert.equal(deep.status, 'ok', deep.message);
      assert.equal(text(join(deep.dest, 'd')), 'flat');
    });

    it('refuses what looks like a whiteout, and no device that is none', async () => {
      await refused('Refused', { name: '.wh.a/b', data: 'x' });
      await refused('Refused', { name: 'x', type: '3', major: 0, minor: 0 });
      await refused('Refused', { name: 'x', type: '4', major: 0, minor: 0 });
      await refused('Refused', { name: 'x', type: '3', major: 4096, minor: 0 });
      await refused('Refused', { name: 'x', type: '3', major: 1, minor: 1 << 20 });
    });

    it('drops overlayfs’s own attributes', async () => {
      const names = [
        'user.overlay.opaque',
        'user.overlay.redirect',
        'user.overlay.metacopy',
        'trusted.overlay.opaque',
        'user.overlay.overlay.x',
      ];
      const pax = Object.fromEntries([...names, 'user.other'].map((name) => [`SCHILY.xattr.${name}`, 'y']));
      const got = await bench.unpack(archive({ name: 'd/', pax }, { name: 'f', pax }, { name: './', pax }));
      assert.equal(got.status, 'ok', got.message);
      for (const path of ['d', 'f', '.']) {
        const attributes = attributesOf(join(got.dest, path));
        assert.doesNotMatch(attributes, /overlay/);
        assert.match(attributes, /user\.other=y/);
      }
    });

    it('refuses owners that are none', async () => {
      for (const id of [2 ** 32 - 1, 2 ** 32, 2 ** 40, -1]) {
        await refused('Refused', { name: 'x', uid: id });
        await refused('Refused', { name: 'x', pax: { gid: `${id}` } });
      }
    });
  });
}

describe('slipway-layer: malformed archives', { timeout: 60_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });
  const code = async (bytes: Uint8Array, ...args: readonly string[]): Promise<string | undefined> =>
    (await bench.unpack(bytes, ...args)).code;

  it('refuses wrong headers', async () => {
    const wrong: readonly Entry[] = [
      { name: 'x', type: 'Z' },
      { name: 'x', type: 'V' },
      { name: 'x', change: (block) => block.write('abc', 124) },
      { name: 'x', change: (block) => block.write('9', 100) },
      { name: 'x', size: -1 },
      { name: 'x', change: (block) => block.fill(0xff, 124, 136) },
      {
        name: 'x',
        change: (block) => {
          block.fill(0x7f, 124, 136);
          block[124] = 0x80;
        },
      },
      { name: 'x', type: 'S' },
    ];
    for (const one of wrong) assert.equal(await code(archive(one)), 'Malformed', JSON.stringify(one));
    const flipped = archive({ name: 'x', data: 'y' });
    flipped[0] = 0x79;
    assert.equal(await code(flipped), 'Malformed');
    assert.equal(await code(Buffer.alloc(512, 'garbage')), 'Malformed');
    assert.equal(await code(Buffer.concat([Buffer.alloc(512), entry({ name: 'x' })])), 'Malformed');
  });

  it('refuses wrong pax headers', async () => {
    const wrong = [
      '0 path=x\n',
      '9999 path=x\n',
      'x path=x\n',
      '10 path=x',
      '8 path=x',
      '99999999999999999999 a=b\n',
      '6 =xx\n',
      '7 abcd\n',
      '5 a=b\n',
      '3\n',
      '13 size=1x2\n',
      '22 size=99999999999999999999\n'.slice(1),
      '12 mtime=1.x\n',
      '11 uid=1.5\n',
      '12 path=a\0b\n',
      '25 SCHILY.xattr.=value\n',
      '26 GNU.sparse.numbytes=5\n',
      '1',
      ' ',
      '\n',
      '-5 a=b\n',
    ];
    for (const records of wrong) {
      const bytes = archive(rawEntry('x', Buffer.from(records)), { name: 'x' });
      assert.equal(await code(bytes), 'Malformed', JSON.stringify(records));
    }
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`SCHILY.xattr.user.x${i}`, '']));
    assert.equal(await code(archive({ name: 'x', pax: many })), 'Malformed');
  });

  it('refuses huge headers', async () => {
    for (const type of ['x', 'g', 'L', 'K']) {
      const huge = rawEntry(type, Buffer.alloc((1 << 20) + 1, 'x'));
      assert.equal(await code(archive(huge, { name: 'x' })), 'Malformed', type);
      assert.equal(await code(archive(rawEntry(type, Buffer.alloc(0), 2 ** 33), { name: 'x' })), 'Malformed', type);
    }
  });

  it('refuses wrong sparse maps', async () => {
    const sparse = (pax: Record<string, string>, data = 'x'.repeat(10)): Buffer => archive({ name: 'x', data, pax });
    const zero = (map: string, size = '100'): Buffer => sparse({ 'GNU.sparse.map': map, 'GNU.sparse.size': size });
    const one = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' };
    const wrong = [
      zero('0,9'),
      zero('0,11'),
      zero('50,5,0,5'),
      zero('0,5,4,5'),
      zero('95,10'),
      zero('0'),
      zero('0,'),
      zero('a,b'),
      zero('0,10,99999999999999999999,0'),
      zero('0,10', '5'),
      sparse({ 'GNU.sparse.map': '0,10' }),
      sparse(one),
      sparse(one, '1\n0\n10\nxxxxxxxxxx'),
      sparse(one, 'x'.repeat(600)),
      sparse(one, Buffer.alloc(512, '9').toString()),
      sparse({ ...one, 'GNU.sparse.minor': '7' }),
      sparse({ ...one, 'GNU.sparse.major': '2' }),
    ];
    for (const [index, bytes] of wrong.entries()) assert.equal(await code(bytes), 'Malformed', `${index}`);
    const lines = Buffer.alloc(512);
    lines.write('1\n90\n10\n');
    assert.equal(await code(sparse(one, `${lines.toString('latin1')}${'x'.repeat(10)}`)), undefined);
    lines.write('131073\n');
    assert.notEqual(await code(sparse(one, `${lines.toString('latin1')}${'x'.repeat(10)}`)), undefined);
    const old = (change: (block: Buffer) => void): Buffer =>
      archive({
        name: 'x',
        type: 'S',
        data: 'x'.repeat(10),
        change: (block) => {
          block.write('ustar  \0', 257, 'latin1');
          number(block, 483, 12, 100);
          change(block);
        },
      });
    const piece = (block: Buffer, at: number, offset: number, size: number): void => {
      number(block, at, 12, offset);
      number(block, at + 12, 12, size);
    };
    assert.equal(
      await code(
        old((block) => {
          piece(block, 386, 20, 10);
        }),
      ),
      undefined,
    );
    assert.equal(
      await code(
        old((block) => {
          piece(block, 386, 95, 10);
        }),
      ),
      'Malformed',
    );
    assert.equal(
      await code(
        old((block) => {
          piece(block, 386, -5, 10);
        }),
      ),
      'Malformed',
    );
    assert.equal(await code(old(() => undefined)), 'Malformed');
    assert.equal(await code(zero('0,10', `${2 ** 41}`)), 'TooLarge');
  });

  it('tells a cut archive from a wrong one', async () => {
    const whole = archive({ name: 'a', data: 'x'.repeat(5000) }, { name: 'b', data: 'y', pax: { mtime: '1.5' } });
    const results = new Map<string | undefined, number>();
    for (let length = 0; length < whole.length; length += 256) {
      const got = await code(whole.subarray(0, length));
      assert.ok(got === undefined || got === 'Truncated', `${length}: ${got}`);
      results.set(got, (results.get(got) ?? 0) + 1);
    }
    assert.ok((results.get('Truncated') ?? 0) > 15 && (results.get(undefined) ?? 0) > 2);
    for (const compress of [gzipSync, zstdCompressSync]) {
      const bytes = compress(whole);
      for (const length of [10, 20, bytes.length - 30, bytes.length - 9, bytes.length - 1]) {
        assert.equal(
          await code(bytes.subarray(0, length)),
          'Truncated',
          `${compress.name} ${length} of ${bytes.length}`,
        );
      }
    }
  });

  it('refuses garbage in and after compressed streams', async () => {
    const good = archive({ name: 'a', data: Buffer.from(Array.from({ length: 99_999 }, (_, i) => (i * i) & 0xff)) });
    for (const compress of [gzipSync, zstdCompressSync]) {
      const bytes = compress(good);
      assert.equal(
        await code(Buffer.concat([bytes, Buffer.from('garbage garbage garbage')])),
        'Malformed',
        compress.name,
      );
      if (compress === gzipSync) assert.equal(await code(Buffer.concat([bytes, Buffer.alloc(100)])), 'Malformed');
      const damaged = Buffer.from(bytes);
      damaged[Math.floor(bytes.length / 2)]! ^= 0x10;
      const got = await code(damaged);
      if (compress === gzipSync) assert.ok(got === 'Malformed' || got === 'Truncated', got);
    }
    const crc = Buffer.from(gzipSync(good));
    crc[crc.length - 6]! ^= 1;
    assert.equal(await code(crc), 'Malformed');
    assert.equal(await code(Buffer.from('\xfd7zXZ\0rest of it', 'latin1')), 'Malformed');
    assert.equal(await code(Buffer.from('BZh91AY&SYrest of it')), 'Malformed');
    assert.equal(await code(Buffer.from([0x1f, 0x8b])), 'Truncated');
  });

  it('never says ok to bytes with another digest', async () => {
    const bytes = gzipSync(archive({ name: 'a', data: 'x'.repeat(3000) }));
    const expect = ['--size', `${bytes.length}`, '--digest', digestOf(bytes)];
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      assert.equal(await code(damaged, ...expect), 'DigestMismatch', `${at}`);
    }
    assert.equal(await code(bytes.subarray(0, 50), ...expect), 'SizeMismatch');
    assert.equal(await code(Buffer.concat([bytes, bytes]), ...expect), 'SizeMismatch');
    assert.equal(await code(bytes, '--diff-id', digestOf(bytes)), 'DiffIdMismatch');
    assert.equal(await code(bytes, ...expect), undefined);
  });

  it('stops reading at one byte too many', async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 65_536;
        yield Buffer.alloc(65_536);
        await Promise.resolve();
      }
    }
    const got = await bench.unpack(endless(), '--size', '100000');
    assert.equal(got.code, 'SizeMismatch');
    assert.ok(given < 16 << 20);
  });
});

describe('slipway-layer: too much', { timeout: 120_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  // The data belong to an entry that is not written: what is bounded is the stream.
  function bomb(bytes: number): AsyncIterable<Uint8Array> {
    const zeros = Buffer.alloc(1 << 20);
    async function* plain(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(entry({ name: '.wh.bomb', size: bytes }).subarray(0, 512));
      for (let left = bytes; left > 0; left -= zeros.length) yield zeros;
      yield END;
    }
    return Readable.from(plain()).pipe(createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }));
  }

  it('bounds what a small blob may become', async () => {
    const got = await bench.unpack(bomb(2 ** 31));
    assert.deepEqual([got.code, got.step], ['TooLarge', 'decompress']);
    assert.equal((await bench.unpack(bomb(2 ** 30))).status, 'ok', 'a real layer may hold an empty file of 1 GiB');
    const early = zeroBomb(2 ** 36);
    const refused = await bench.unpack(early);
    assert.deepEqual([refused.code, refused.step], ['TooLarge', 'decompress']);
    // What it had to read tells how soon it was stopped.
    assert.match(refused.message ?? '', /^1[0-9]{9} bytes out of \d{1,6}$/);
  });

  it('keeps the caller’s limit', async () => {
    const got = await bench.unpack(bomb(2 ** 24), '--max-size', '1000000');
    assert.deepEqual([got.code, got.step], ['TooLarge', 'limit']);
  });

  it('bounds the memory a zstd frame may ask for', async () => {
    // A frame header with a window of 2 GiB: descriptor 0, exponent 21.
    const frame = Buffer.from('28b52ffd00a8', 'hex');
    const got = await bench.unpack(Buffer.concat([frame, Buffer.alloc(64)]));
    assert.deepEqual([got.code, /memory/.test(got.message ?? '')], ['Malformed', true], got.message);
  });

  it('bounds directories without entries', async () => {
    const name = (i: number): string => Array.from({ length: 8 }, () => `${'n'.repeat(200)}${i}`).join('/');
    const entries = Array.from({ length: 600 }, (_, i) => entry({ name: 'cut', pax: { path: `${name(i)}/f` } }));
    assert.equal((await bench.unpack(archive(...entries.slice(0, 50)))).implied?.length, 400);
    assert.equal((await bench.unpack(archive(...entries))).code, 'TooLarge');
  });

  // A file of the layer counts, whatever is in it.
  const files = (count: number): Buffer =>
    Buffer.concat([...Array.from({ length: count }, (_, index) => entry({ name: `f${index}` })), END]);

  for (const [how, inodes, count] of [
    ['has no room for more files', 1000, 2000],
    ['would have none for others', 50_000, 49_900],
  ] as const) {
    it(`says so when a disk ${how}`, { skip: isRoot ? false : 'needs root to mount one' }, () => {
      const layer = join(bench.directory, `files${inodes}.tar`);
      writeFileSync(layer, files(count));
      const point = join(bench.directory, `inodes${inodes}`);
      mkdirSync(point);
      const line = `mount -t tmpfs -o nr_inodes=${inodes} none ${point} && mkdir ${point}/fs && exec ${LAYER} unpack --dest ${point}/fs < ${layer}`;
      const got = spawnSync('unshare', ['--mount', 'sh', '-c', line], { encoding: 'utf8' });
      const { code, step, message } = JSON.parse(got.stdout) as Answer;
      assert.deepEqual([code, step, message], ['NoSpace', 'files', 'no room for more files on the file system']);
    });
  }

  it('reports a full disk', { skip: isRoot ? false : 'needs root to mount one' }, () => {
    const layer = join(bench.directory, 'large.tar');
    execFileSync('sh', ['-c', `mkdir -p src && head -c 9000000 /dev/urandom > src/big && tar -cf ${layer} src`], {
      cwd: bench.directory,
    });
    const point = join(bench.directory, 'small');
    mkdirSync(point);
    const line = `mount -t tmpfs -o size=4m none ${point} && mkdir ${point}/fs && exec ${LAYER} unpack --dest ${point}/fs < ${layer}`;
    const got = spawnSync('unshare', ['--mount', 'sh', '-c', line], { encoding: 'utf8' });
    assert.equal((JSON.parse(got.stdout) as { code: string }).code, 'NoSpace');
    assert.equal(got.status, 1);
  });

  it('takes a quarter of a million entries in bounded memory', async () => {
    const block = Buffer.concat([
      archive({ name: 'd/' }).subarray(0, 512),
      ...Array<Buffer>(99).fill(entry({ name: '.wh..wh.note' })),
    ]);
    async function* many(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 2500; i += 1) yield await Promise.resolve(block);
      yield END;
    }
    const got = await bench.unpack(many());
    assert.deepEqual([got.status, got.entries], ['ok', 250_000]);
  });

  it('checks its own sums', () => {
    const block = Buffer.alloc(512);
    checksum(block);
    assert.equal(paxHeader({ a: 'b' }).length, 1024);
  });
});
