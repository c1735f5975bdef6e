// Writing and reading frames for tests, on the plainest way. Knows no socket.

import { FRAME } from '../../../runtime-server/protocol/frames.ts';

export function frame(type: number, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header[0] = type;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

export function exitFrame(code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(FRAME.Exit, payload);
}

/** A 'data' listener that calls `each` for every whole frame. */
export function frames(each: (type: number, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
      const end = 8 + rest.readUInt32BE(4);
      const whole = rest.subarray(0, end);
      rest = rest.subarray(end);
      each(whole[0]!, whole.subarray(8));
    }
  };
}
