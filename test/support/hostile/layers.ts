// Bad layers: archives that reach outside, lie, or want too much.

import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { archive, END, entry, number, paxHeader, paxRecord, rawEntry, type Entry } from '../../native/layer/archive.ts';
import { attributesOf } from '../../native/layer/harness.ts';
import { buildImage, layerFromTar, sha256, type TestLayer } from '../images.ts';
import { zeroBomb } from './bomb.ts';
import { serveImage, type HostileCase, type Outcome } from './case.ts';

/** A folder of the machine that must stay as it is; the test makes it and looks. */
export const VICTIM = '/tmp/slipway-hostile-victim';
const UP = '../'.repeat(20);

const REFUSED = /was refused/;
const INVALID = /is not a valid archive/;
const SHORT = /ends too early/;
const NOWHERE = /links to a file that no layer below it has/;
const TOO_LARGE = /is too large when unpacked/;

const holds =
  (name: string, content: string): Outcome =>
  ({ fs }) => {
    assert.equal(readFileSync(join(fs, name), 'utf8'), content);
  };
const holdsFolder =
  (name: string): Outcome =>
  ({ fs }) => {
    assert.ok(lstatSync(join(fs, name)).isDirectory());
  };
const isNot =
  (name: string): Outcome =>
  ({ fs }) => {
    assert.ok(!existsSync(join(fs, name)), name);
  };

function blob(name: string, layer: () => TestLayer, outcome: Outcome, ordinary?: Outcome): HostileCase {
  return {
    name: `layer: ${name}`,
    outcome,
    ...(ordinary === undefined ? {} : { ordinary }),
    serve: (registry) => serveImage(registry, buildImage([layer()])),
  };
}

const tar = (name: string, bytes: Buffer, outcome: Outcome, ordinary?: Outcome): HostileCase =>
  blob(name, () => layerFromTar(bytes), outcome, ordinary);

const of = (name: string, entries: readonly (Entry | Buffer)[], outcome: Outcome, ordinary?: Outcome): HostileCase =>
  blob(name, () => layerFromTar(archive(...entries)), outcome, ordinary);

/** Bytes that are a layer as they come, whatever is inside of them. */
const raw = (name: string, bytes: Buffer, outcome: Outcome, inside: Buffer = bytes): HostileCase =>
  blob(
    name,
    () => ({ blob: bytes, digest: sha256(bytes), diffId: sha256(inside), size: bytes.length, compression: 'gzip' }),
    outcome,
  );

const NAMES: readonly HostileCase[] = [
  of('..', [{ name: '../x', data: 'x' }], REFUSED),
  of('a hidden ..', [{ name: 'a/../../x', data: 'x' }], REFUSED),
  of('.. at the end', [{ name: 'a/..', data: 'x' }], REFUSED),
  of('.. in a pax name', [{ name: 'cut', data: 'x', pax: { path: `${UP}${VICTIM}/x` } }], REFUSED),
  of('.. in a GNU name', [rawEntry('L', Buffer.from('../x\0')), { name: 'cut', data: 'x' }], REFUSED),
  of('an absolute name', [{ name: `${VICTIM}/x`, data: 'mine' }], holds(`${VICTIM}/x`, 'mine')),
  of('no name', [{ name: '' }], INVALID),
  of('a zero byte in a pax name', [{ name: 'cut', pax: { path: 'a\0b' } }], INVALID),
  of('a name longer than any file system has', [{ name: 'cut', pax: { path: 'x'.repeat(256) } }], REFUSED),
  of('a path longer than any kernel takes', [{ name: 'cut', pax: { path: 'x/'.repeat(2100) } }], INVALID),
  of('a line break and an escape in a name', [{ name: 'a\n\u001b[2Jb', data: 'x' }], holds('a\n\u001b[2Jb', 'x')),
  of('a name through a file', [{ name: 'f', data: 'x' }, { name: 'f/x', data: 'y' }], REFUSED), // prettier-ignore
  of('the top as a file', [{ name: './', type: '0', data: 'x' }], REFUSED),
  of(
    'one name ten thousand times',
    Array.from({ length: 10_000 }, (_, index) => ({ name: 'same', data: String(index) })),
    holds('same', '9999'),
  ),
];

const LINKS: readonly HostileCase[] = [
  of(
    'a file through an absolute link',
    [
      { name: 'l', type: '2', link: VICTIM },
      { name: 'l/x', data: 'mine' },
    ],
    holds(`${VICTIM}/x`, 'mine'),
  ),
  of(
    'a file through a link upwards',
    [
      { name: 'l', type: '2', link: `${UP}${VICTIM}` },
      { name: 'l/x', data: 'mine' },
    ],
    holds(`${VICTIM}/x`, 'mine'),
  ),
  of(
    'a file through /proc',
    [
      { name: 'l', type: '2', link: `/proc/self/root${VICTIM}` },
      { name: 'l/x', data: 'mine' },
    ],
    holds(`proc/self/root${VICTIM}/x`, 'mine'),
  ),
  of(
    'a file over a link',
    [
      { name: 'l', type: '2', link: `${VICTIM}/kept` },
      { name: 'l', data: 'mine' },
    ],
    holds('l', 'mine'),
  ),
  of(
    'a folder over a link',
    [{ name: 'l', type: '2', link: VICTIM }, { name: 'l/' }, { name: 'l/x', data: 'mine' }],
    holds('l/x', 'mine'),
  ),
  of(
    'links in a circle',
    [
      { name: 'a', type: '2', link: 'b' },
      { name: 'b', type: '2', link: 'a' },
      { name: 'a/x', data: 'x' },
    ],
    REFUSED,
  ),
  of('a link to itself and below', [{ name: 'a', type: '2', link: 'a/b' }, { name: 'a/x', data: 'x' }], REFUSED), // prettier-ignore
  of('a link without a target', [{ name: 'l', type: '2', link: '' }], INVALID),
  of('a hard link out by ..', [{ name: 'x', type: '1', link: `${UP}${VICTIM}/kept` }], REFUSED),
  of('a hard link out by an absolute name', [{ name: 'x', type: '1', link: `${VICTIM}/kept` }], NOWHERE),
  of(
    'a hard link out through a link',
    [
      { name: 'l', type: '2', link: VICTIM },
      { name: 'x', type: '1', link: 'l/kept' },
    ],
    NOWHERE,
  ),
  of(
    'a hard link to a link',
    [
      { name: 'l', type: '2', link: `${VICTIM}/kept` },
      { name: 'x', type: '1', link: 'l' },
    ],
    ({ fs }) => {
      assert.equal(readlinkSync(join(fs, 'x')), `${VICTIM}/kept`);
    },
  ),
  of('a hard link to a folder', [{ name: 'd/' }, { name: 'x', type: '1', link: 'd' }], REFUSED),
  of('a hard link to itself', [{ name: 'x', type: '1', link: 'x' }], NOWHERE),
  of('a hard link to nothing', [{ name: 'x', type: '1', link: '' }], INVALID),
];

const WHITEOUTS: readonly HostileCase[] = [
  of('the whiteout of nothing', [{ name: '.wh.' }], REFUSED),
  of('the whiteout of .', [{ name: 'd/.wh..' }], REFUSED),
  of('the whiteout of ..', [{ name: 'd/.wh...' }], REFUSED),
  of('a whiteout as a folder', [{ name: '.wh.a/b', data: 'x' }], REFUSED),
  of('a note of aufs', [{ name: '.wh..wh.plnk', data: 'x' }], isNot('.wh..wh.plnk')),
  of(
    'a whiteout through a link',
    [
      { name: 'l', type: '2', link: VICTIM },
      { name: 'l/.wh.kept', data: '' },
    ],
    ({ fs }) => {
      assert.ok(lstatSync(join(fs, VICTIM, 'kept')).isCharacterDevice());
    },
  ),
  of(
    'an opaque mark through a link',
    [
      { name: 'l', type: '2', link: VICTIM },
      { name: 'l/.wh..wh..opq', data: '' },
    ],
    ({ fs }) => {
      assert.ok(lstatSync(join(fs, VICTIM)).isDirectory());
    },
  ),
  of('a device that would be a whiteout', [{ name: 'x', type: '3', major: 0, minor: 0 }], REFUSED),
];

const xattrs = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`SCHILY.xattr.${name}`, 'y']));
const without =
  (pattern: RegExp): Outcome =>
  ({ fs }) => {
    assert.doesNotMatch(attributesOf(join(fs, 'd')), pattern);
  };

const ATTRIBUTES: readonly HostileCase[] = [
  of(
    'a disk of the machine',
    [{ name: 'disk', type: '4', major: 8, minor: 0, mode: 0o666 }],
    ({ fs }) => {
      assert.ok(lstatSync(join(fs, 'disk')).isBlockDevice());
    },
    isNot('disk'),
  ),
  of('a device that no kernel has', [{ name: 'x', type: '3', major: 4096, minor: 0 }], REFUSED),
  of('overlay’s own marks', [{ name: 'd/', pax: xattrs('user.overlay.opaque') }], without(/overlay/)),
  of('overlay’s redirects', [{ name: 'd/', pax: xattrs('trusted.overlay.redirect') }], without(/overlay/)),
  of('a security label', [{ name: 'd/', pax: xattrs('security.selinux') }], without(/selinux=y/)),
  of('an owner that is none', [{ name: 'x', uid: 2 ** 32 - 1 }], REFUSED),
  of('a negative owner', [{ name: 'x', pax: { uid: '-1' } }], /was refused|is not a valid archive/),
  of(
    'an owner over 2³¹',
    [{ name: 'x', data: 'x', pax: { gid: String(2 ** 31 + 5) } }],
    ({ fs }) => {
      assert.equal(lstatSync(join(fs, 'x')).gid, 2 ** 31 + 5);
    },
    /was refused at "x": the owner 0:2147483653 is not mapped/,
  ),
  of('a time before there was time', [{ name: 'x', data: 'x', mtime: -86_400 }], holds('x', 'x')),
  of('a time that never comes', [{ name: 'x', data: 'x', mtime: 2 ** 60 }], holds('x', 'x')),
  of('a time that is none', [{ name: 'x', pax: { mtime: 'noon' } }], INVALID),
];

/** A header with other bytes where its size stands. */
const sized = (write: (field: Buffer) => void): Entry => ({
  name: 'x',
  data: 'x',
  change: (block) => {
    write(block.subarray(124, 136));
  },
});

const minusOne = (field: Buffer): void => {
  number(field, 0, field.length, -1);
};
const letters = (field: Buffer): void => {
  field.fill('z', 0, 2);
};

const FORMATS: readonly HostileCase[] = [
  tar('a wrong checksum', Buffer.concat([entry({ name: 'x' }).fill(0x31, 148, 154), END]), INVALID),
  of('a negative size', [sized(minusOne)], INVALID),
  of('a size that is no number', [sized(letters)], INVALID),
  of('a type that nobody knows', [{ name: 'x', type: 'Q' }], INVALID),
  tar('a file of 1 TiB that never comes', Buffer.concat([entry({ name: 'x', size: 2 ** 40 }), END]), SHORT),
  tar('cut in a header', archive({ name: 'x', data: 'y' }).subarray(0, 300), SHORT),
  of('a pax header of 2 MiB', [paxHeader({ comment: 'x'.repeat(2 << 20) }), { name: 'x' }], INVALID),
  of('a pax record that lies about its length', [rawEntry('x', Buffer.from('99 path=y\n')), { name: 'x' }], INVALID),
  of('a pax record without an end', [rawEntry('x', paxRecord('path', 'y').subarray(0, 6)), { name: 'x' }], INVALID),
  of('a pax header about nothing', [paxHeader({ path: 'x' })], isNot('x')),
  of('a negative pax size', [{ name: 'x', pax: { size: '-1' } }], INVALID),
  of(
    'a sparse file of 2 TiB',
    [{ name: 'x', data: '0\n', pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': String(2 ** 41), 'GNU.sparse.name': 'x' } }], // prettier-ignore
    /is too large when unpacked|is not a valid archive/,
  ),
  of(
    'a sparse file whose pieces overlap',
    [{ name: 'x', data: 'abcd', pax: { 'GNU.sparse.size': '9', 'GNU.sparse.numblocks': '2', 'GNU.sparse.map': '0,2,1,2' } }], // prettier-ignore
    INVALID,
  ),
  of(
    'a sparse file with pieces behind its end',
    [{ name: 'x', data: 'ab', pax: { 'GNU.sparse.size': '3', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '9,2' } }], // prettier-ignore
    INVALID,
  ),
];

const GOOD = archive({ name: 'x', data: 'good' });

const STREAMS: readonly HostileCase[] = [
  raw('cut gzip', gzipSync(GOOD).subarray(0, 60), SHORT, GOOD),
  raw('noise after gzip', Buffer.concat([gzipSync(GOOD), Buffer.from('noise that is no member')]), INVALID, GOOD),
  raw(
    'gzip in pieces',
    Buffer.concat([gzipSync(GOOD.subarray(0, 700)), gzipSync(GOOD.subarray(700))]),
    holds('x', 'good'),
    GOOD,
  ),
  raw('gzip in gzip', gzipSync(gzipSync(GOOD)), /is not a valid archive|ends too early/, gzipSync(GOOD)),
  tar('a second archive behind the end', Buffer.concat([GOOD, archive({ name: '../y' })]), holds('x', 'good')),
  raw('xz', Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), Buffer.alloc(600)]), INVALID),
  raw('bzip2', Buffer.from('BZh91AY&SY'.padEnd(600, 'x')), INVALID),
  raw('a zstd window of 2 GiB', Buffer.from(`28b52ffd00a8${'00'.repeat(64)}`, 'hex'), INVALID),
  raw('noise', Buffer.from('this is no archive '.repeat(100)), INVALID),
  raw('64 GiB of zeros in 2 MiB', zeroBomb(2 ** 36), TOO_LARGE),
];

/** Every level is one entry; links keep the names short while the folders get deeper than any path can be. */
function deeper(levels: number, step: number): Entry[] {
  const entries: Entry[] = [];
  let link = '.';
  for (let level = 0; level < levels; level += step) {
    for (let down = 1; down <= step; down += 1)
      entries.push({ name: 'cut/', type: '5', pax: { path: `${link}/${'d/'.repeat(down)}` } });
    const next = `l${level}`;
    entries.push({ name: next, type: '2', pax: { linkpath: `${link}/${'d/'.repeat(step)}` } });
    link = next;
  }
  return entries;
}

const MUCH: readonly HostileCase[] = [
  of('folders deeper than any path', deeper(6000, 1000), holdsFolder('d')),
  of('folders as deep as a path can be', [{ name: 'cut/', pax: { path: 'd/'.repeat(2000) } }], holdsFolder('d')),
  of(
    'folders without end that no entry is about',
    Array.from({ length: 600 }, (_, index) => ({
      name: 'cut',
      pax: { path: `${Array.from({ length: 8 }, () => `${'n'.repeat(200)}${index}`).join('/')}/f` },
    })),
    TOO_LARGE,
  ),
];

export const LAYERS: readonly HostileCase[] = [...[NAMES, LINKS, WHITEOUTS, ATTRIBUTES, FORMATS, STREAMS, MUCH].flat()];
