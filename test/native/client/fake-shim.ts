// A shim for tests: a Unix socket that records the frames it gets and sends what the test says. Knows no container.

import { createServer, type Server, type Socket } from 'node:net';

import { FRAME } from '../../../runtime-server/protocol/frames.ts';
import { frame, frames } from './frames.ts';

export interface ShimFrame {
  readonly type: number;
  readonly payload: Buffer;
  readonly socket: Socket;
}

export class FakeShim {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #got: ShimFrame[] = [];
  #wake: () => void = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(path: string): Promise<FakeShim> {
    const server = createServer();
    const shim = new FakeShim(server);
    server.on('connection', (socket) => {
      shim.#accept(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return shim;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on(
      'data',
      frames((type, payload) => {
        if (type === FRAME.Hello) socket.write(frame(FRAME.HelloOk, Buffer.from([1, 1, 0, 0, 0, 42])));
        this.#got.push({ type, payload, socket });
        this.#wake();
      }),
    );
  }

  /** The next frame of the type, leaving out the others before it. */
  async next(type: number): Promise<ShimFrame> {
    for (;;) {
      const found = this.#got.findIndex((one) => one.type === type);
      if (found >= 0) return this.#got.splice(0, found + 1)[found]!;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** All the Stdin bytes up to the end of input. */
  async input(): Promise<string> {
    const parts: Buffer[] = [];
    for (;;) {
      const { payload } = await this.next(FRAME.Stdin);
      if (payload.length === 0) return Buffer.concat(parts).toString();
      parts.push(payload);
    }
  }

  /** Ends like a shim that was killed. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
