// slipway-layer reading a file that is still written: it waits for more, and knows when no more will come.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { archive } from './archive.ts';
import { type Answer, type Bench, digestOf, LAYER, plainBench } from './harness.ts';

const BYTES = gzipSync(
  archive(
    ...Array.from({ length: 200 }, (_, i) => ({
      name: `file${i}`,
      content: Buffer.from(digestOf(Buffer.from(`${i}`))),
    })),
  ),
);

describe('slipway-layer: a file that grows', { timeout: 60_000 }, () => {
  let bench: Bench;
  let count = 0;
  before(() => {
    bench = plainBench();
  });
  after(() => {
    bench.remove();
  });

  const unpack = async (pieces: readonly Buffer[], ring: boolean): Promise<Answer> => {
    const file = join(bench.directory, `growing${(count += 1)}`);
    writeFileSync(file, '');
    const reading = openSync(file, 'r');
    const words = ['unpack', '--dest', bench.empty(), '--growing-fd', '3', '--size', String(BYTES.length)];
    const child = spawn(LAYER, words, { stdio: ['pipe', 'pipe', 'inherit', reading] });
    closeSync(reading);
    for (const piece of pieces) {
      appendFileSync(file, piece);
      if (ring) await new Promise((resolve) => child.stdin?.write('.', resolve));
    }
    child.stdin?.end();
    return JSON.parse(await text(child.stdout as Readable)) as Answer;
  };
  const cut = (size: number): Buffer[] =>
    Array.from({ length: Math.ceil(BYTES.length / size) }, (_, i) => BYTES.subarray(i * size, (i + 1) * size));

  it('is read as it comes', async () => {
    for (const size of [7, 500, BYTES.length]) {
      const answer = await unpack(cut(size), true);
      assert.deepEqual([answer.status, answer.size, answer.digest], ['ok', BYTES.length, digestOf(BYTES)], `${size}`);
    }
  });

  it('is whole when standard input ends, however seldom it was told before', async () => {
    assert.equal((await unpack([BYTES], false)).digest, digestOf(BYTES));
    assert.equal((await unpack([], false)).code, 'SizeMismatch');
  });

  it('is given up when its writer dies', async () => {
    assert.equal((await unpack(cut(500).slice(0, 3), true)).code, 'SizeMismatch');
  });
});
