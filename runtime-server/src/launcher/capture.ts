// A process behind a shim whose output somebody wants to read: the first bytes of it, and its end. Knows the frames, not what runs.

import { createConnection } from 'node:net';
import { FRAME, HELLO_FLAGS } from '../../protocol/frames.ts';
import { encodeFrame, FrameDecoder } from './frame-stream.ts';

export interface Captured {
  /** Undefined when the shim went away without saying. */
  readonly code: number | undefined;
  readonly output: string;
}

/**
 * Reads at most `limit` bytes of output, and drops what follows. When the signal aborts, the process is killed and nothing more
 * waited for. Never rejects.
 */
export function capture(socketPath: string, limit: number, signal: AbortSignal): Promise<Captured> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const decoder = new FrameDecoder();
    const chunks: Buffer[] = [];
    let room = limit;
    let code: number | undefined;
    const take = (type: number, payload: Buffer): void => {
      if (type === FRAME.Exit) code = payload.readUInt32BE(0);
      if (type !== FRAME.Stdout && type !== FRAME.Stderr) return;
      const piece = payload.subarray(0, room);
      room -= piece.length;
      if (piece.length > 0) chunks.push(Buffer.from(piece));
    };
    const kill = (): void => {
      socket.end(encodeFrame(FRAME.Signal, Buffer.from([9])));
      done();
    };
    const done = (): void => {
      signal.removeEventListener('abort', kill);
      resolve({ code, output: Buffer.concat(chunks).toString() });
    };
    socket.on('data', (chunk) => {
      try {
        for (const { type, payload } of decoder.push(chunk)) take(type, payload);
      } catch {
        socket.destroy(); // it speaks nonsense
      }
    });
    // 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', done);
    socket.write(encodeFrame(FRAME.Hello, Buffer.from([1, HELLO_FLAGS.Output, 0, 0, 0, 0])));
    if (signal.aborted) kill();
    else signal.addEventListener('abort', kill, { once: true });
  });
}
