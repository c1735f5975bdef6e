// An HTTP proxy in this process: CONNECT tunnels and plain requests with a whole address. Keeps a record of what it was asked.

import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface TestProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  /** `CONNECT host:port`, `GET http://…`. */
  readonly asked: readonly string[];
  /** The Proxy-Authorization headers that came. */
  readonly logins: readonly (string | undefined)[];
}

/** `login`: the `user:password` without which everything is refused with 407. */
export async function startProxy(login?: string): Promise<TestProxy> {
  const asked: string[] = [];
  const logins: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    return socket.once('close', () => sockets.delete(socket));
  };
  const admits = (request: IncomingMessage): boolean => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const given = request.headers['proxy-authorization'];
    logins.push(given);
    return login === undefined || given === `Basic ${Buffer.from(login).toString('base64')}`;
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!admits(request)) {
      response.writeHead(407).end();
      return;
    }
    const { method = 'GET', headers } = request;
    const onward = send(request.url ?? '', { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!admits(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(`tcp://${request.url ?? ''}`);
    const onward = keep(connect(Number(port), hostname));
    onward.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
  });
  const listening = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => {
    listening.resolve(undefined);
  });
  await listening.promise;
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    logins,
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
