// A server that speaks frames of HTTP/2 by hand (RFC 9113), to send what no library would: nothing is checked, nothing is
// understood of what comes but that a request has come.

import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.ts';

export interface FrameServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly connections: number;
}

export const FRAMES = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, continuation: 9 } as const;
export const END_HEADERS = 4;

/** `answer` writes to the connection once the client's first request may be there. */
export async function startFrameServer(tls: Certificate, answer: (socket: TLSSocket) => void): Promise<FrameServer> {
  const sockets = new Set<TLSSocket>();
  let connections = 0;
  const server = createServer({ ...tls, ALPNProtocols: ['h2'] }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    socket.write(frame(FRAMES.settings, 0, 0));
    let seen: Buffer = Buffer.alloc(0);
    const look = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      if (!hasRequest(seen)) return;
      socket.off('data', look).resume();
      answer(socket);
    };
    socket.on('data', look);
  });
  const listening = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => {
    listening.resolve(undefined);
  });
  await listening.promise;
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = Promise.withResolvers<undefined>();
      server.close(() => {
        closed.resolve(undefined);
      });
      await closed.promise;
    },
  };
}

/** One frame (RFC 9113 §4.1). */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header field that is not indexed, neither name nor value packed (RFC 7541 §6.2.2); both shorter than 127 bytes. */
export function field(name: string, value: string): Buffer {
  const text = (words: string): Buffer => Buffer.concat([Buffer.from([words.length]), Buffer.from(words, 'latin1')]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

const PREFACE = 24; // bytes (RFC 9113 §3.4)

function hasRequest(bytes: Buffer): boolean {
  for (let at = PREFACE; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes.readUInt8(at + 3) === FRAMES.headers) return true;
  }
  return false;
}
