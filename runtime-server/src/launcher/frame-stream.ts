// Cutting a byte stream into frames and back (see protocol/frames.ts). Pure but for the buffer it keeps; knows no socket.

import { FRAME_MAX } from '../../protocol/frames.ts';
import { invalidArgument } from '../base/errors.ts';

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

const HEADER = 8;

/** One frame as bytes. */
export function encodeFrame(type: number, payload: Uint8Array | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const frame = Buffer.allocUnsafe(HEADER + body.length);
  frame.writeUInt32BE(type * 0x1000000, 0);
  frame.writeUInt32BE(body.length, 4);
  frame.set(body, HEADER);
  return frame;
}

/** Collects chunks and gives the frames that are complete. */
export class FrameDecoder {
  private pending: Buffer = Buffer.alloc(0);

  /** Frames completed by `chunk`, in order. Throws InvalidArgument for a header that no peer of ours sends. */
  push(chunk: Uint8Array): Frame[] {
    this.pending = this.pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.pending, chunk]);
    const frames: Frame[] = [];
    let offset = 0;
    while (this.pending.length - offset >= HEADER) {
      const length = this.pending.readUInt32BE(offset + 4);
      if (length > FRAME_MAX) throw invalidArgument(`read frame: ${length} bytes are more than ${FRAME_MAX}`);
      if (this.pending.length - offset < HEADER + length) break;
      const start = offset + HEADER;
      frames.push({ type: this.pending.readUInt8(offset), payload: this.pending.subarray(start, start + length) });
      offset = start + length;
    }
    this.pending = this.pending.subarray(offset);
    return frames;
  }
}
