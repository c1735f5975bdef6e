// slipway-layer copy, and several upper directories as one.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { archive } from './archive.ts';
import { plainBench, type Bench } from './harness.ts';

const python = (script: string, ...args: readonly string[]): string =>
  execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8' });

const SPECIAL = `
import os, socket, sys
os.chdir(sys.argv[1])
os.mkfifo('fifo')
socket.socket(socket.AF_UNIX).bind('socket')
os.mknod('gone', 0o20000)
os.link('gone', 'gone too')
os.setxattr('opaque', 'user.overlay.opaque', b'y')
os.setxattr('file', 'user.mine', b'value')
os.chown('file', 33, 44)
os.chmod('file', 0o6755)
os.chown('link', 55, 66, follow_symlinks=False)
os.chmod('.', 0o1777)
os.chown('.', 7, 8)
`;

describe('slipway-layer: copy', { timeout: 120_000 }, () => {
  let bench: Bench;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  const copy = async (from: string, ...words: readonly string[]): Promise<{ to: string; answer: Answer }> => {
    const to = bench.empty();
    return { to, answer: (await bench.run(['copy', ...words, from, to], new Uint8Array())) as unknown as Answer };
  };

  function tree(): string {
    const from = bench.empty();
    mkdirSync(join(from, 'opaque/deep'), { recursive: true });
    writeFileSync(join(from, 'file'), 'content');
    writeFileSync(join(from, 'opaque/deep/x'), 'x'.repeat(300_000));
    linkSync(join(from, 'opaque/deep/x'), join(from, 'opaque/same'));
    symlinkSync('/etc/passwd', join(from, 'link'));
    writeFileSync(join(from, 'sparse'), 'begin');
    truncateSync(join(from, 'sparse'), 1 << 30);
    python(SPECIAL, from);
    utimesSync(join(from, 'file'), 1, 981_173_106.5);
    utimesSync(join(from, 'opaque'), 1, 2);
    return from;
  }

  it('is the same to overlayfs, with holes, links and times', async () => {
    const from = tree();
    const { to, answer } = await copy(from);
    assert.equal(answer.status, 'ok', answer.message);
    const { same, path, what } = (await bench.run(['compare', from, to], new Uint8Array())) as unknown as Answer;
    assert.ok(same, `${path}: ${what}`);
    assert.ok(lstatSync(join(to, 'sparse')).blocks < 100);
    assert.equal(lstatSync(join(to, 'opaque/same')).ino, lstatSync(join(to, 'opaque/deep/x')).ino);
    assert.equal(lstatSync(join(to, 'gone')).rdev, 0);
    assert.equal(lstatSync(join(to, 'opaque')).mtimeMs, 2000);
    assert.deepEqual([answer.bytes, answer.entries], [300_000 + 7 + 4096, 11]);
  });

  it('the shell is the directory alone', async () => {
    const { to } = await copy(tree(), '--shell');
    const { mode, uid, gid } = lstatSync(to);
    assert.deepEqual([mode & 0o7777, uid, gid, existsSync(join(to, 'file'))], [0o1777, 7, 8, false]);
  });

  it('what is swapped meanwhile leads nowhere else', async () => {
    const from = bench.empty();
    const outside = bench.empty();
    writeFileSync(join(outside, 'secret'), 'secret');
    for (let i = 0; i < 200; i++) {
      mkdirSync(join(from, `d${i}`));
      writeFileSync(join(from, `d${i}/secret`), 'own');
    }
    symlinkSync(outside, join(from, 'z'));
    const going = copy(from);
    for (let i = 199; i >= 0; i--) {
      renameSync(join(from, `d${i}`), join(from, `e${i}`));
      symlinkSync(outside, join(from, `d${i}`));
    }
    const { to, answer } = await going;
    assert.equal(answer.status, 'ok', answer.message);
    const { status, stdout } = spawnSync('grep', ['-rl', 'secret', to], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [1, '']);
  });

  it('says what is too deep, and what it can’t write', async () => {
    const from = bench.empty();
    python("import os,sys\nos.chdir(sys.argv[1])\nfor i in range(30): os.mkdir('d'*200); os.chdir('d'*200)", from);
    const deep = await copy(from);
    assert.deepEqual([deep.answer.status, deep.answer.code], ['error', 'Refused']);
    execFileSync('rm', ['-rf', from]);
    const { answer } = await copy(join(from, 'nothing'));
    assert.deepEqual([answer.status, answer.step, answer.code], ['error', 'open', 'Io']);
  });
});

interface Answer {
  readonly status: string;
  readonly message?: string;
  readonly code?: string;
  readonly step?: string;
  readonly same?: boolean;
  readonly path?: string;
  readonly what?: string;
  readonly bytes?: number;
  readonly entries?: number;
}

describe('slipway-layer: several upper directories', { timeout: 120_000 }, () => {
  const LEVELS = [
    [{ name: '.wh.a' }, { name: 'dir/' }, { name: 'dir/.wh.x' }, { name: 'dir/new', data: 'n' }, { name: 'was-file/' }],
    [
      { name: 'a', data: 'middle' },
      { name: 'dir/' },
      { name: 'dir/.wh..wh..opq' },
      { name: 'dir/x', data: 'x' },
      { name: 'was-file', data: 'f' },
      { name: 'only', data: 'o' },
    ],
    [
      { name: 'a', data: 'base' },
      { name: 'dir/' },
      { name: 'dir/old', data: 'o' },
      { name: 'was-file/' },
      { name: 'was-file/below' },
    ],
  ];

  it('are one to pack and diff', async () => {
    const bench = plainBench();
    try {
      const trees: string[] = [];
      for (const level of LEVELS) trees.push((await bench.unpack(archive(...level))).dest);
      const [top = '', middle = '', base = ''] = trees;
      const changes = await bench.diff(top, '--upper', middle, '--lower', base);
      assert.deepEqual(changes, [
        'D /a',
        'C /dir',
        'A /dir/new',
        'D /dir/old',
        'A /only',
        'C /was-file',
        'D /was-file/below',
      ]);
      const one = await bench.pack(top, '--upper', middle);
      const merged = (await bench.unpack(readFileSync(one.blob))).dest;
      assert.deepEqual(await bench.diff(merged, '--lower', base), changes);
      const whole = async (...words: readonly string[]): Promise<string> =>
        (await bench.pack(words[0] ?? '', ...words.slice(1).flatMap((tree) => ['--lower', tree]))).diffId ?? '';
      assert.equal(await whole(merged, base), await whole(top, middle, base));
      rmSync(one.blob);
    } finally {
      bench.remove();
    }
  });
});
