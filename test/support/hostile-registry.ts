// A registry in this process that can misbehave: it serves images from memory, and a test may take any request over before
// it does. Keeps a record of what it was asked.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createSecureServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TestDocument, TestImage } from './images.ts';

export interface Exchange {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** Returns true when it has dealt with the request (also by never answering). */
export type Interceptor = (request: IncomingMessage, response: ServerResponse, self: HostileRegistry) => boolean;

export interface HostileRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly requests: readonly Exchange[];
  /** How many connections were made so far. */
  readonly connections: number;
  /** Takes requests over; the newest first. */
  intercept(interceptor: Interceptor): void;
  /** Serves bytes at a path, as a well-behaved registry does (Range included). */
  serve(path: string, bytes: Buffer, contentType?: string): void;
  serveImage(repository: string, tag: string, image: TestImage): void;
  serveDocument(repository: string, tag: string, document: TestDocument): void;
  /** The requests for a path. */
  asked(path: string): readonly Exchange[];
  forgetRequests(): void;
}

export interface HostileOptions {
  /** Address to listen on; default loopback. */
  readonly address?: string;
  /** With `ca`, clients must show a certificate of it. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
  /** Over TLS, offers HTTP/2 beside HTTP/1.1. */
  readonly http2?: boolean;
}

interface Served {
  readonly bytes: Buffer;
  readonly contentType: string;
}

export async function startHostileRegistry(options: HostileOptions = {}): Promise<HostileRegistry> {
  const { address = '127.0.0.1', tls, http2 = false } = options;
  const requests: Exchange[] = [];
  const served = new Map<string, Served>();
  const interceptors: Interceptor[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers });
    if (interceptors.some((interceptor) => interceptor(request, response, self))) return;
    respond(request, response, served.get(new URL(url, 'http://x').pathname));
  };
  const server = serverFor(tls, http2, answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    connections += 1;
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, address);
  const self: HostileRegistry = {
    host: `${address}:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections;
    },
    intercept: (interceptor) => interceptors.unshift(interceptor),
    serve: (path, bytes, contentType = 'application/octet-stream') => served.set(path, { bytes, contentType }),
    serveDocument(repository, tag, document) {
      for (const name of [tag, document.digest]) {
        served.set(`/v2/${repository}/manifests/${name}`, { bytes: document.bytes, contentType: document.mediaType });
      }
    },
    serveImage(repository, tag, image) {
      self.serveDocument(repository, tag, image.manifest);
      self.serve(`/v2/${repository}/blobs/${image.config.digest}`, image.config.bytes);
      for (const layer of image.layers) self.serve(`/v2/${repository}/blobs/${layer.digest}`, layer.blob);
    },
    asked: (path) => requests.filter((exchange) => new URL(exchange.url, 'http://x').pathname === path),
    forgetRequests() {
      requests.length = 0;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      server.close(() => {
        resolve(undefined);
      });
      await promise;
    },
  };
  return self;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

function serverFor(tls: HostileOptions['tls'], http2: boolean, answer: Answer): Server {
  if (tls === undefined) return createServer(answer);
  const options = { ...tls, requestCert: tls.ca !== undefined };
  if (!http2) return createTlsServer(options, answer);
  // Node's compatibility layer: requests and responses of both protocols look the same.
  return createHttp2Server({ ...options, allowHTTP1: true }, answer as never) as unknown as Server;
}

async function listen(server: Server, address: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(0, address, () => {
    resolve(undefined);
  });
  await promise;
}

function respond(request: IncomingMessage, response: ServerResponse, found: Served | undefined): void {
  if (found === undefined) {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}');
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const body = found.bytes.subarray(start);
  response.writeHead(start === 0 ? 200 : 206, {
    'content-type': found.contentType,
    'content-length': body.length,
    ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${found.bytes.length - 1}/${found.bytes.length}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Matches requests for one path (or a pattern of paths). */
export function isFor(request: IncomingMessage, path: string | RegExp): boolean {
  const { pathname } = new URL(request.url ?? '', 'http://x');
  return typeof path === 'string' ? pathname === path : path.test(pathname);
}

/** The versions of HTTP in which requests come from now on. */
export function versionsOf(registry: HostileRegistry): ReadonlySet<string> {
  const versions = new Set<string>();
  registry.intercept((request) => {
    versions.add(request.httpVersion);
    return false;
  });
  return versions;
}
