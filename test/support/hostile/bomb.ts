// A layer that is small on the wire and huge unpacked. Knows no engine.

import { entry } from '../../native/layer/archive.ts';

const BLOCK = 128 << 10; // the most that one block of zstd holds

/**
 * `size` zeros behind one entry's header, as zstd (RFC 8878) whose blocks are one byte and how often it comes: four bytes for each
 * 128 KiB. The entry is a note of aufs, which nobody writes to the disk: what stops it counts what comes out.
 */
export function zeroBomb(size: number): Buffer {
  const head = entry({ name: '.wh..wh.bomb', size }).subarray(0, 512);
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]); // no size, no checksum, a window of 2 MiB
  const count = size / BLOCK;
  const blocks = Array.from({ length: count }, (_, index) => block(1, BLOCK, index === count - 1, Buffer.alloc(1)));
  return Buffer.concat([frame, block(0, head.length, false, head), ...blocks]);
}

function block(type: 0 | 1, size: number, last: boolean, content: Buffer): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([header, content]);
}
