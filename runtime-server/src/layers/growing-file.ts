// A new file that one writes while another reads it: what comes while a write is under way goes out with the next. Knows no layer.

import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

const PENDING_MAX = 1 << 20;

/** Writes to the file from its beginning. `grown` is called after each write; it may come from several chunks. */
export function growingFile(handle: FileHandle, grown: () => void): Writable {
  let position = 0;
  const append = async (chunks: readonly Uint8Array[]): Promise<void> => {
    for (let rest = chunks; rest.length > 0;) {
      const { bytesWritten } = await handle.writev(rest, position);
      position += bytesWritten;
      rest = without(rest, bytesWritten);
    }
    grown();
  };
  return new Writable({
    highWaterMark: PENDING_MAX,
    decodeStrings: true,
    write(chunk: Uint8Array, _encoding, done) {
      append([chunk]).then(() => {
        done();
      }, done);
    },
    writev(items, done) {
      append(items.map((item) => item.chunk as Uint8Array)).then(() => {
        done();
      }, done);
    },
  });
}

/** A write may take less than it was given (write(2)). */
function without(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (left < chunk.length) rest.push(chunk.subarray(left));
    left = Math.max(0, left - chunk.length);
  }
  return rest;
}
