// The server's own connection to a shim: learns of the end, sends signals, lets held output go. Bytes of the container
// never pass here. Knows the frames, not the containers.

import { createConnection, type Socket } from 'node:net';
import { FRAME, HELLO_FLAGS } from '../../protocol/frames.ts';
import { unavailable } from '../base/errors.ts';
import { encodeFrame, FrameDecoder } from './frame-stream.ts';

/** How a shim's process ended; `lost` when the shim went away without saying. */
export type ShimEnd = { readonly how: 'exit'; readonly code: number } | { readonly how: 'lost' };

export interface ShimConnection {
  /** Process id of the container's init (or the exec'd process) as the server sees it. */
  readonly pid: number;
  /** Settles once, never rejects. */
  readonly ended: Promise<ShimEnd>;
  /** Sends a signal to the process through its pidfd. */
  signal(number: number): void;
  /** Lets output that is held for an attached client go (`--hold`). */
  release(): void;
  /** Drops the connection; the shim goes on. */
  close(): void;
}

/** What a socket says when nobody listens there any more, or stops to before it has greeted. */
const GONE: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/**
 * Connects to the shim behind the attach socket `path`. Resolves with undefined when there is none: it has ended.
 * Rejects with Unavailable when that can't be said (no descriptors left, no answer within `patience` milliseconds).
 */
export function connectShim(path: string, patience?: number): Promise<ShimConnection | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const decoder = new FrameDecoder();
    const end = Promise.withResolvers<ShimEnd>();
    let code: number | undefined;
    const fail = (reason: string, cause?: unknown): void => {
      reject(unavailable(`connect to the shim: ${reason}`, { cause }));
      socket.destroy();
    };
    const timer = patience === undefined ? undefined : setTimeout(fail, patience, 'it does not answer');
    const onFrame = (type: number, payload: Buffer): void => {
      if (type === FRAME.Exit) code = payload.readUInt32BE(0);
      if (type !== FRAME.HelloOk) return;
      clearTimeout(timer);
      resolve(connection(socket, payload.readUInt32BE(2), end.promise));
    };
    socket.once('connect', () => {
      socket.write(encodeFrame(FRAME.Hello, Buffer.from([1, HELLO_FLAGS.Watch, 0, 0, 0, 0])));
    });
    socket.on('data', (chunk) => {
      try {
        for (const frame of decoder.push(chunk)) onFrame(frame.type, frame.payload);
      } catch (error) {
        fail('it speaks nonsense', error);
      }
    });
    socket.on('error', (cause) => {
      if (GONE.includes((cause as NodeJS.ErrnoException).code ?? '')) resolve(undefined);
      else fail(cause.message, cause);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(undefined);
      end.resolve(code === undefined ? { how: 'lost' } : { how: 'exit', code });
    });
  });
}

function connection(socket: Socket, pid: number, ended: Promise<ShimEnd>): ShimConnection {
  return {
    pid,
    ended,
    signal: (number) => {
      socket.write(encodeFrame(FRAME.Signal, Buffer.from([number])));
    },
    release: () => {
      socket.write(encodeFrame(FRAME.Release));
    },
    close: () => {
      socket.destroy();
    },
  };
}
