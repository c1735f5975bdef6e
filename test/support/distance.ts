// A way over TCP that takes time: everything that comes is handed on so many milliseconds later, either way, and only so
// much is under way, as with a real window. On loopback; knows nothing of what it carries.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Distance extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/** Bytes under way in one direction of one connection: what Linux lets a window grow to unless told (tcp(7), `tcp_rmem`). */
const WINDOW = 6 << 20;

/** `host`: where it leads to. */
export async function startDistance(host: string, milliseconds: number): Promise<Distance> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    return socket.once('close', () => sockets.delete(socket));
  };
  const { hostname, port } = new URL(`tcp://${host}`);
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    [near, far].forEach(keep);
    carry(near, far, milliseconds);
    carry(far, near, milliseconds);
  });
  const listening = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => {
    listening.resolve(undefined);
  });
  await listening.promise;
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
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

function carry(from: Socket, to: Socket, milliseconds: number): void {
  let underWay = 0;
  const later = (deed: () => void): void => {
    setTimeout(deed, milliseconds);
  };
  from.on('data', (chunk: Buffer) => {
    underWay += chunk.length;
    if (underWay >= WINDOW) from.pause();
    later(() => {
      to.write(chunk, () => {
        underWay -= chunk.length;
        if (underWay < WINDOW) from.resume();
      });
    });
  });
  from.on('end', () => {
    later(() => to.end());
  });
  from.on('close', () => {
    later(() => to.destroy());
  });
}
