// What slipway-layer packs: the same tree again, in an archive that others read. As this process and in a user namespace.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, json } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';

import { archive, type Entry } from './archive.ts';
import {
  type Answer,
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
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex'); // net_raw=ep
const namesOf = (path: string): string[] =>
  execFileSync('tar', ['-tf', path], { encoding: 'utf8' }).trimEnd().split('\n');

/** One of everything a layer can hold. */
const everything: readonly Entry[] = [
  { name: './', mode: 0o750, mtime: 1000 },
  { name: './bin/', mode: 0o1777, mtime: 2000 },
  { name: './bin/ping', data: 'ELF', mode: 0o755, pax: { 'SCHILY.xattr.security.capability': CAPABILITY } },
  { name: './bin/su', data: 'setuid', mode: 0o4755, mtime: 3000 },
  { name: './bin/su2', type: '1', link: './bin/su' },
  { name: './bin/group/', mode: 0o2755 },
  { name: './bin/link', type: '2', link: '../etc/passwd', mtime: 4000 },
  { name: './bin/link2', type: '1', link: './bin/link' },
  { name: './empty' },
  { name: './fifo', type: '6', mode: 0o620 },
  { name: './long', pax: { path: `${'d'.repeat(99)}/${'e'.repeat(150)}/${'f'.repeat(255)}` }, data: 'long' },
  { name: './prefixed', pax: { path: `${'p'.repeat(90)}/${'q'.repeat(90)}` }, data: 'prefix' },
  { name: './far', type: '2', link: 'x', pax: { linkpath: 'far/'.repeat(400) } },
  { name: './nano', data: 'n', pax: { mtime: '1700000000.123456789' } },
  { name: './old', data: 'o', pax: { mtime: '-1.5' } },
  { name: './late', data: 'l', pax: { mtime: '8589934592' } },
  { name: './tief/übung €', data: 'ü' },
  { name: './xattr', data: 'x', pax: { 'SCHILY.xattr.user.b': 'line\nbreak', 'SCHILY.xattr.user.a': '' } },
  { name: './.wh.gone' },
  { name: './replaced/' },
  { name: './replaced/.wh..wh..opq' },
  { name: './replaced/file', data: 'r' },
  { name: './replaced/.wh.below' },
  { name: './big', data: Buffer.alloc(700_000, 'big data ') },
];

/** A whiteout has no time of its own, nor has a directory that no entry made. */
const withoutTime = (line: string): string => line.replace(/ (20000 0:0 0 1) \d+$/, ' $1');

/** Its tree, its archive, the tree of that, and the archive of that. */
async function roundTrip(bench: Bench, layer: Uint8Array, ...args: readonly string[]): Promise<string> {
  const first = await bench.unpack(layer);
  assert.equal(first.status, 'ok', first.message);
  const packed = await bench.pack(first.dest, ...args);
  assert.equal(packed.status, 'ok', packed.message);
  const second = await bench.unpack(readFileSync(packed.blob));
  assert.deepEqual(listing(second.dest).map(withoutTime), listing(first.dest).map(withoutTime));
  assert.equal(second.diffId, packed.diffId);
  assert.deepEqual(second.implied, []);
  const again = await bench.pack(second.dest, ...args);
  assert.equal(again.diffId, packed.diffId);
  assert.equal(again.digest, packed.digest);
  return packed.blob;
}

/** Packs to a pipe; the answer comes on a descriptor of its own. */
function toPipe(tree: string): { child: ChildProcessByStdio<null, Readable, null>; answer: Promise<Answer> } {
  const stdio = ['ignore', 'pipe', 'inherit', 'pipe'] as const;
  const child = spawn(LAYER, ['pack', '--upper', tree, '--answer-fd', '3'], { stdio: [...stdio] });
  const answer = json(child.stdio[3] as Readable) as Promise<Answer>;
  return { child: child as unknown as ChildProcessByStdio<null, Readable, null>, answer };
}

describe('slipway-layer pack', { timeout: 120_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  it('a layer packed again has the same content', { skip: !isRoot && 'needs root' }, async () => {
    const blob = await roundTrip(bench, archive(...everything));
    const names = namesOf(blob);
    assert.deepEqual(names.slice(0, 4), ['./', 'big', 'bin/', 'bin/group/']);
    assert.ok(names.includes('.wh.gone'));
    assert.ok(names.indexOf('replaced/.wh..wh..opq') === names.indexOf('replaced/') + 1);
    assert.ok(names.includes('replaced/.wh.below'));
    assert.equal(new Set(names).size, names.length);
  });

  it('keeps owners, big ids, devices and capabilities', { skip: !isRoot && 'needs root' }, async () => {
    const layer = archive(
      { name: 'owned', data: 'o', uid: 1000, gid: 2000 },
      { name: 'big', data: 'b', pax: { uid: '3000000000', gid: '4294967294' } },
      { name: 'null', type: '3', major: 1, minor: 3, mode: 0o666 },
      { name: 'disk', type: '4', major: 259, minor: 1048575 },
      { name: 'ping', data: 'p', pax: { 'SCHILY.xattr.security.capability': CAPABILITY } },
    );
    const blob = await roundTrip(bench, layer);
    const text = execFileSync('tar', ['--numeric-owner', '-tvf', blob], { encoding: 'utf8' });
    assert.match(text, /1000\/2000 .* owned/);
    assert.match(text, /3000000000\/4294967294 .* big/);
    assert.match(text, /^crw-rw-rw- .* 1,3 .* null/m);
    assert.match(text, /^brw-r--r-- .* 259,1048575 .* disk/m);
    assert.match(readFileSync(blob, 'latin1'), /SCHILY\.xattr\.security\.capability=\x01\x00\x00\x02\x00 /);
  });

  for (const compression of ['gzip', 'zstd', 'none']) {
    it(`says the digest and the size of what it wrote: ${compression}`, async () => {
      const { dest } = await bench.unpack(archive({ name: 'file', data: Buffer.alloc(3 << 20, 'compress me ') }));
      const packed = await bench.pack(dest, '--compression', compression);
      const bytes = readFileSync(packed.blob);
      assert.deepEqual(
        [packed.digest, packed.size, packed.bytes, packed.entries],
        [digestOf(bytes), bytes.length, 3 << 20, 2],
      );
      const back = await bench.unpack(bytes, '--diff-id', packed.diffId!, '--digest', packed.digest!);
      assert.deepEqual([back.status, back.compression, back.diffSize], ['ok', compression, packed.diffSize]);
      assert.deepEqual((await bench.pack(dest, '--compression', compression)).digest, packed.digest);
      if (compression === 'gzip') assert.equal(bytes.subarray(0, 8).toString('hex'), '1f8b080000000000');
    });
  }

  it('other programs read the same from it', { skip: !isRoot && 'needs root' }, async () => {
    const { dest } = await bench.unpack(archive(...everything.filter((one) => !one.name.includes('.wh.'))));
    const { blob } = await bench.pack(dest);
    const other = bench.empty();
    execFileSync('tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner', '-pxf', blob, '-C', other]);
    assert.deepEqual(listing(other), listing(dest));
    const records = (path: string): string[] =>
      attributesOf(path)
        .match(/SCHILY.*/g)
        ?.sort() ?? [];
    for (const name of ['bin/ping', 'xattr']) {
      assert.deepEqual(records(join(other, name)), records(join(dest, name)));
      assert.ok(records(join(dest, name)).length > 0);
    }
  });

  it('a file with holes stays one, whose bytes others read too', async () => {
    const tree = bench.empty();
    const file = join(tree, 'holes');
    writeFileSync(file, 'head');
    truncateSync(file, 3 << 20);
    appendFileSync(file, 'middle');
    truncateSync(file, 40 << 20);
    writeFileSync(join(tree, 'hole'), '');
    truncateSync(join(tree, 'hole'), 2 << 20);
    const packed = await bench.pack(tree);
    assert.ok(packed.size! < 1 << 20, `${packed.size} bytes`);
    const mine = (await bench.unpack(readFileSync(packed.blob))).dest;
    const theirs = bench.empty();
    execFileSync('tar', ['-pxf', packed.blob, '-C', theirs]);
    for (const other of [mine, theirs]) {
      assert.ok(readFileSync(join(other, 'holes')).equals(readFileSync(file)));
      assert.equal(statSync(join(other, 'hole')).size, 2 << 20);
    }
    assert.ok(statSync(join(mine, 'holes')).blocks < 1000);
    assert.equal((await bench.pack(mine)).diffId, packed.diffId);
    const whole = await bench.pack(tree, '--lower', bench.empty());
    assert.ok(whole.size! > 42 << 20);
  });

  it('leaves out what a layer can’t hold, and says so', async () => {
    const tree = bench.empty();
    mkdirSync(join(tree, 'run'));
    const server = createServer().listen(join(tree, 'run/socket'));
    await new Promise((done) => server.once('listening', done));
    writeFileSync(join(tree, '.wh.me'), 'would take "me" away');
    writeFileSync(join(tree, 'me'), '');
    const packed = await bench.pack(tree);
    const merged = await bench.pack(tree, '--lower', bench.empty());
    server.close();
    assert.deepEqual(packed.skipped, ['.wh.me', 'run/socket']);
    assert.deepEqual(namesOf(packed.blob), ['./', 'me', 'run/']);
    assert.deepEqual(namesOf(merged.blob), ['./', '.wh.me', 'me', 'run/']);
  });

  it('leaves out the places of the engine’s mounts while they are empty', async () => {
    const tree = bench.empty();
    for (const name of ['proc', 'dev', 'etc']) mkdirSync(join(tree, name));
    for (const name of ['etc/hosts', 'etc/hostname', 'other']) writeFileSync(join(tree, name), '');
    writeFileSync(join(tree, 'dev/full'), '');
    writeFileSync(join(tree, 'etc/hostname'), 'mine');
    const hide = ['proc', 'dev', 'etc/hosts', 'etc/hostname', 'missing'].flatMap((name) => ['--hide', name]);
    const packed = await bench.pack(tree, ...hide);
    assert.deepEqual(namesOf(packed.blob), ['./', 'dev/', 'dev/full', 'etc/', 'etc/hostname', 'other']);
    assert.deepEqual(await bench.diff(tree, ...hide), [
      'A /dev',
      'A /dev/full',
      'A /etc',
      'A /etc/hostname',
      'A /other',
    ]);
  });

  const changes: readonly (readonly [string, number, (file: string) => void])[] = [
    [
      'shrinks',
      8 << 20,
      (file) => {
        truncateSync(file, 8 << 20);
      },
    ],
    [
      'grows',
      16 << 20,
      (file) => {
        appendFileSync(file, 'xxxx');
      },
    ],
  ];
  for (const [how, left, change] of changes) {
    it(`a file that ${how} while it is read never breaks the archive`, async () => {
      const tree = bench.empty();
      writeFileSync(join(tree, 'a'), Buffer.alloc(16 << 20, 'x'));
      writeFileSync(join(tree, 'b'), 'behind');
      const { child, answer } = toPipe(tree);
      await new Promise((done) => child.stdout.once('readable', done)); // the pipe is full and the file half read
      change(join(tree, 'a'));
      const bytes = await buffer(child.stdout);
      assert.equal((await answer).diffId, digestOf(bytes));
      const { dest } = await bench.unpack(bytes);
      const read = readFileSync(join(dest, 'a'));
      assert.deepEqual([read.length, read.lastIndexOf('x')], [16 << 20, left - 1]);
      assert.equal(readFileSync(join(dest, 'b'), 'utf8'), 'behind');
    });
  }

  it('says what went wrong', async () => {
    const tree = bench.empty();
    writeFileSync(join(tree, 'file'), Buffer.alloc(1 << 20, 'x'));
    const full = await bench.run(['pack', '--upper', tree, '--blob', '/dev/full'], new Uint8Array());
    assert.deepEqual([full.exit, full.code, full.step], [1, 'NoSpace', 'write']);
    const gone = await bench.run(['pack', '--upper', join(tree, 'none'), '--blob', '/dev/null'], new Uint8Array());
    assert.deepEqual([gone.code, gone.step, gone.errno], ['Io', 'open', 2]);
    const usages = [
      [],
      ['--blob', '/dev/null'],
      ['--upper', tree],
      ['--upper', tree, '--compression', 'xz'],
      ['--upper', tree, '--hide', '/etc'],
    ];
    for (const words of usages) assert.equal((await bench.run(['pack', ...words], new Uint8Array())).code, 'Usage');
    const { child, answer } = toPipe(tree);
    child.stdout.destroy();
    const closed = await answer;
    assert.deepEqual([closed.code, closed.path, closed.errno], ['Io', 'standard output', 32]);
  });

  it('refuses names that no archive of ours can hold', async () => {
    const tree = bench.empty();
    const deep = mkdtempSync(join(tmpdir(), 'slipway-deep-'));
    try {
      // Longer than a path can be: built from the inside.
      let inner = join(deep, 'n');
      mkdirSync(inner);
      for (let i = 0; i < 20; i += 1) {
        const outer = join(deep, 'm');
        mkdirSync(outer);
        renameSync(inner, join(outer, 'n'.repeat(250)));
        inner = join(deep, 'n');
        renameSync(outer, inner);
      }
      renameSync(inner, join(tree, 'n'));
      const packed = await bench.pack(tree);
      assert.deepEqual([packed.code, packed.message], ['Refused', 'the name of a file in it is too long']);
    } finally {
      execFileSync('rm', ['-rf', deep, tree]);
    }
  });

  it('links only what is one file', async () => {
    const tree = bench.empty();
    for (const name of ['a', 'c']) writeFileSync(join(tree, name), name);
    linkSync(join(tree, 'a'), join(tree, 'b'));
    linkSync(join(tree, 'a'), join(bench.empty(), 'elsewhere'));
    linkSync(join(tree, 'c'), join(bench.empty(), 'elsewhere'));
    const { blob } = await bench.pack(tree);
    const text = execFileSync('tar', ['-tvf', blob], { encoding: 'utf8' });
    assert.match(text, /^h.* b link to a$/m);
    assert.match(text, /^-.* c$/m);
  });

  it('5,000 files in one directory', async () => {
    const tree = bench.empty();
    for (let i = 0; i < 5000; i += 1) writeFileSync(join(tree, `file ${i}`), `${i}`);
    const packed = await bench.pack(tree, '--compression', 'gzip');
    const { dest } = await bench.unpack(readFileSync(packed.blob));
    assert.deepEqual(listing(dest), listing(tree));
    const names = namesOf(packed.blob).slice(1);
    assert.deepEqual(names, readdirSync(tree).sort());
  });
});

describe('slipway-layer pack in a user namespace', { timeout: 120_000, skip: withoutNamespace() }, () => {
  let bench: Bench;
  before(() => {
    bench = namespaceBench();
  });
  after(() => {
    bench.remove();
  });

  it('owners are those inside, capabilities and whiteouts stay', async () => {
    const first = await bench.unpack(archive(...everything, { name: 'theirs', data: 't', uid: 33, gid: 44 }));
    assert.equal(first.status, 'ok', first.message);
    const packed = await bench.pack(first.dest);
    const text = execFileSync('tar', ['--numeric-owner', '-tvf', packed.blob], { encoding: 'utf8' });
    assert.match(text, /33\/44 .* theirs/);
    assert.match(text, /0\/0 .* bin\/su$/m);
    assert.match(text, / \.wh\.gone$/m);
    assert.match(readFileSync(packed.blob, 'latin1'), /SCHILY\.xattr\.security\.capability=\x01\x00\x00\x02\x00 /);
    const second = await bench.unpack(readFileSync(packed.blob));
    assert.equal((await bench.pack(second.dest)).diffId, packed.diffId);
  });

  it('with a single id everything is root’s', async () => {
    const single = namespaceBench(['--map-root-user']);
    try {
      const first = await single.unpack(archive({ name: 'theirs', data: 't', uid: 33, gid: 44 }), '--squash-ids');
      const packed = await single.pack(first.dest);
      assert.match(
        execFileSync('tar', ['--numeric-owner', '-tvf', packed.blob], { encoding: 'utf8' }),
        / 0\/0 .* theirs/,
      );
    } finally {
      single.remove();
    }
  });
});
