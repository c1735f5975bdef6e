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

/** Connects to the shim behind the attach socket `path`. Rejects with Unavailable when nobody listens there. */
export function connectShim(path: string): Promise<ShimConnection> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const decoder = new FrameDecoder();
    const end = Promise.withResolvers<ShimEnd>();
    let code: number | undefined;
    const onFrame = (type: number, payload: Buffer): void => {
      if (type === FRAME.HelloOk) resolve(connection(socket, payload.readUInt32BE(2), end.promise));
      else if (type === FRAME.Exit) code = payload.readUInt32BE(0);
    };
    socket.once('connect', () => {
      socket.write(encodeFrame(FRAME.Hello, Buffer.from([1, HELLO_FLAGS.Watch, 0, 0, 0, 0])));
    });
    socket.on('data', (chunk) => {
      try {
        for (const frame of decoder.push(chunk)) onFrame(frame.type, frame.payload);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.on('error', (cause) => {
      reject(unavailable(`connect shim: ${cause.message}`, { cause }));
    });
    socket.on('close', () => {
      reject(unavailable('connect shim: it hung up'));
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
