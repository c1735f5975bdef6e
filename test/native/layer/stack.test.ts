// Trees that lie above each other: a whole rootfs packed, and what the top one changes. Compared with what overlayfs shows.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { whileExchanged } from '../runtime/racer.ts';
import { archive, type Entry } from './archive.ts';
import { type Bench, listing, plainBench } from './harness.ts';

const withoutCompiler = spawnSync('gcc', ['--version']).status === 0 ? false : 'needs gcc';
const withoutMount = process.getuid?.() === 0 ? false : 'needs root';

const bottom: readonly Entry[] = [
  { name: 'etc/' },
  { name: 'etc/motd', data: 'hello' },
  { name: 'etc/passwd', data: 'root' },
  { name: 'same/' },
  { name: 'same/file', data: 's' },
  { name: 'replaced/' },
  { name: 'replaced/old', data: 'o' },
  { name: 'replaced/kept', data: 'k' },
  { name: 'file-to-directory', data: 'f' },
  { name: 'directory-to-file/' },
  { name: 'directory-to-file/inside', data: 'i' },
  { name: 'gone/' },
  { name: 'gone/with/', mode: 0o700 },
  { name: 'gone/with/all', data: 'a' },
  { name: 'hard1', data: 'hard' },
  { name: 'hard2', type: '1', link: 'hard1' },
  { name: 'a/' },
  { name: 'a/b', data: '1' },
  { name: 'a-b', data: '2' },
];

const middle: readonly Entry[] = [
  { name: 'etc/.wh.passwd' },
  { name: 'etc/group', data: 'wheel' },
  { name: 'gone/' },
  { name: 'gone/.wh..wh..opq' },
  { name: 'gone/new', data: 'n' },
];

const top: readonly Entry[] = [
  { name: './', mode: 0o711 },
  { name: 'etc/' },
  { name: 'etc/motd', data: 'changed' },
  { name: 'etc/passwd', data: 'again' },
  { name: 'replaced/' },
  { name: 'replaced/.wh..wh..opq' },
  { name: 'replaced/kept', data: 'k' },
  { name: 'replaced/new', data: 'n' },
  { name: '.wh.file-to-directory' },
  { name: 'file-to-directory/' },
  { name: 'file-to-directory/in', data: 'i' },
  { name: 'directory-to-file', data: 'd' },
  { name: '.wh.gone' },
  { name: 'hard1', data: 'own' },
  { name: 'a/' },
  { name: 'a/b', data: '1' },
  { name: 'a/.wh.never-there' },
  { name: 'new/' },
  { name: 'new/deep/' },
  { name: 'new/deep/file', data: 'x' },
];

/** The directories of some layers, top first. */
async function stacked(bench: Bench, ...layers: readonly (readonly Entry[])[]): Promise<readonly string[]> {
  const trees: string[] = [];
  for (const layer of layers) trees.push((await bench.unpack(archive(...layer))).dest);
  return trees;
}

const lowers = (directories: readonly string[]): string[] => directories.flatMap((one) => ['--lower', one]);

describe('slipway-layer: trees above each other', { timeout: 120_000, skip: withoutMount }, () => {
  let bench: Bench;
  let upper: string;
  let below: readonly string[];
  before(async () => {
    bench = plainBench();
    const [first = '', ...others] = await stacked(bench, top, middle, bottom);
    upper = first;
    below = others;
  });
  after(() => {
    bench.remove();
  });

  it('a whole rootfs is what overlayfs shows', async () => {
    const packed = await bench.pack(upper, ...lowers(below));
    assert.equal(packed.status, 'ok', packed.message);
    const names = execFileSync('tar', ['-tf', packed.blob], { encoding: 'utf8' });
    assert.doesNotMatch(names, /\.wh\./);
    const mine = (await bench.unpack(readFileSync(packed.blob))).dest;
    const [mounted, copy] = [bench.empty(), bench.empty()];
    const options = `lowerdir=${[upper, ...below].join(':')},userxattr`;
    const script = 'mount -t overlay -o "$1" overlay "$2" && cp -a "$2/." "$3"';
    execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', options, mounted, copy]);
    assert.deepEqual(listing(mine), listing(copy));
  });

  it('tells changes as docker does', async () => {
    assert.deepEqual(await bench.diff(upper, ...lowers(below)), [
      'C /directory-to-file',
      'C /etc',
      'C /etc/motd',
      'A /etc/passwd',
      'C /file-to-directory',
      'A /file-to-directory/in',
      'D /gone',
      'C /hard1',
      'A /new',
      'A /new/deep',
      'A /new/deep/file',
      'C /replaced',
      'A /replaced/new',
      'D /replaced/old',
    ]);
  });

  it('what is as it was is no change, whatever the time of its directory', async () => {
    const [own = '', base = ''] = await stacked(
      bench,
      [
        { name: 'd/', mtime: 1_800_000_000 },
        { name: 'd/f', data: 'x' },
      ],
      [{ name: 'd/' }, { name: 'd/f', data: 'x' }, { name: 'd/g', data: 'y' }],
    );
    assert.deepEqual(await bench.diff(own, '--lower', base), []);
    chmodSync(join(own, 'd/f'), 0o600);
    assert.deepEqual(await bench.diff(own, '--lower', base), ['C /d', 'C /d/f']);
    chmodSync(join(own, 'd/f'), 0o644);
    chmodSync(join(own, 'd'), 0o700);
    assert.deepEqual(await bench.diff(own, '--lower', base), ['C /d']);
    chmodSync(join(own, 'd'), 0o755);
    utimesSync(join(own, 'd/f'), 1, 1);
    assert.deepEqual(await bench.diff(own, '--lower', base), ['C /d', 'C /d/f']);
  });

  it('names whiteouts of the newer form', async () => {
    const [own, [base = '']] = [bench.empty(), await stacked(bench, [{ name: 'd/f', data: 'x' }])];
    const marked = (name: string, xattr: string, value: string): Entry => ({
      name,
      pax: { [`SCHILY.xattr.user.overlay.${xattr}`]: value },
    });
    const input = archive(marked('d/', 'opaque', 'x'), marked('d/f', 'whiteout', ''), marked('e', 'whiteout', '')); // not in e's directory
    execFileSync('tar', ['--xattrs', '--xattrs-include=*', '-xf', '-', '-C', own], { input });
    const { blob } = await bench.pack(own);
    assert.deepEqual(execFileSync('tar', ['-tf', blob], { encoding: 'utf8' }).split('\n'), [
      './',
      'd/',
      'd/.wh.f',
      'e',
      '',
    ]);
    assert.deepEqual(
      await bench.diff(own, '--lower', base),
      ['A /e', 'C /d', 'D /d/f'].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1)),
    );
    assert.doesNotMatch(readFileSync(blob, 'latin1'), /user\.overlay/);
  });
});

describe('slipway-layer: a tree that changes meanwhile', { timeout: 120_000, skip: withoutCompiler }, () => {
  const ROUNDS = 12;
  const SECRET = 'never to be read';
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  async function race(make: (outside: string, first: string, second: string) => void): Promise<void> {
    const [outside, tree] = [bench.empty(), bench.empty()];
    writeFileSync(join(outside, 'secret'), SECRET);
    make(outside, join(tree, 'a'), join(tree, 'b'));
    await whileExchanged(bench.directory, join(tree, 'a'), join(tree, 'b'), async () => {
      for (let i = 0; i < ROUNDS; i += 1) {
        for (const more of [[], ['--lower', tree]]) {
          const packed = await bench.pack(tree, ...more);
          assert.equal(packed.status, 'ok', `${packed.step} ${packed.path}: ${packed.message}`);
          const bytes = readFileSync(packed.blob);
          assert.ok(!bytes.includes(SECRET));
          assert.equal((await bench.unpack(bytes)).status, 'ok');
        }
        await bench.diff(tree, '--lower', tree);
      }
    });
  }

  it('a directory that becomes a link is not followed', () =>
    race((outside, first, second) => {
      mkdirSync(first);
      writeFileSync(join(first, 'secret'), 'mine');
      symlinkSync(outside, second);
    }));

  it('a file that becomes a link is not followed', () =>
    race((outside, first, second) => {
      writeFileSync(first, 'mine');
      symlinkSync(join(outside, 'secret'), second);
    }));

  it('a file that becomes a FIFO is not waited for', () =>
    race((_, first, second) => {
      writeFileSync(first, 'mine');
      execFileSync('mkfifo', [second]);
    }));

  it('a directory that becomes a file is one or the other', () =>
    race((_, first, second) => {
      mkdirSync(first);
      mkdirSync(join(first, 'inside'));
      writeFileSync(second, 'mine');
    }));
});
