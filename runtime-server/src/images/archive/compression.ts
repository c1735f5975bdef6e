// What a stream of bytes is compressed with, told by its magic, and the way back. Knows no archive.

import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { unsupported } from '../../base/errors.ts';

export type Compression = 'gzip' | 'zstd' | 'none';

/** As many bytes as the longest magic has. */
export const MAGIC_SIZE = 6;

const OTHERS: readonly (readonly [magic: readonly number[], name: string, tool: string])[] = [
  [[0x42, 0x5a, 0x68], 'bzip2', 'bzip2'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz', 'xz'],
  [[0x04, 0x22, 0x4d, 0x18], 'lz4', 'lz4'],
  [[0x4c, 0x5a, 0x49, 0x50], 'lzip', 'lzip'],
];

/** Of the first bytes. Throws Unsupported for compressions that images have no use for. */
export function compressionOf(head: Uint8Array): Compression {
  const begins = (magic: readonly number[]): boolean => magic.every((byte, index) => head[index] === byte);
  if (begins([0x1f, 0x8b])) return 'gzip';
  if (begins([0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  const other = OTHERS.find(([magic]) => begins(magic));
  if (other === undefined) return 'none';
  const [, name, tool] = other;
  throw unsupported(`the archive is compressed with ${name}, which is not supported`, {
    hint: `Decompress it on the way: \`${tool} -dc FILE | slipway …\`. gzip and zstd need no help.`,
  });
}

/** The bytes without the compression they come with, and which it was. An empty source is empty. */
export async function decompress(
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly compression: Compression; readonly bytes: Readable }> {
  const input = await withHead(source);
  const compression = compressionOf(input.head);
  const bytes = Readable.from(input.all, { objectMode: false });
  if (compression === 'none') return { compression, bytes };
  const filter = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  // The failure of either end is the result's, which its reader sees.
  return { compression, bytes: pipeline(bytes, filter, () => undefined) };
}

async function withHead(
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Buffer; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (!ended && head.length < MAGIC_SIZE) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      while (!ended) {
        const next = await iterator.next();
        if (next.done === true) ended = true;
        else yield next.value;
      }
    } finally {
      if (!ended) await iterator.return?.();
    }
  };
  return { head, all: all() };
}
