// The innermost transport: one HTTP exchange with undici, with time-outs and proxies. Knows no registry.
// Importing this module loads undici (some 30 ms): only a pull does.

import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { Readable } from 'node:stream';
import { anySignal, raceAbort } from '../base/abort.ts';
import { UPLOAD_STALLED } from './failures.ts';
import type { HttpRequest, HttpResponse, Transport } from './http.ts';

export interface HttpOptions {
  /** Milliseconds to connect, to wait for headers, and between two pieces of a body. */
  readonly connectTimeout: number;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  /** Hosts with port whose certificate is not verified. */
  readonly trustsAnyCertificate: (url: URL) => boolean;
  /** Hosts that are never reached through a proxy. */
  readonly isLocal: (url: URL) => boolean;
  readonly proxy?: Proxies | undefined;
}

export interface Proxies {
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  readonly noProxy?: string | undefined;
}

export interface HttpClient {
  readonly transport: Transport;
  close(): Promise<void>;
}

type Kind = 'direct' | 'proxied' | 'direct-unverified' | 'proxied-unverified';

export function createHttpClient(options: HttpOptions): HttpClient {
  const agents = new Map<Kind, Dispatcher>();
  const agentFor = (url: URL): Dispatcher => {
    const kind = kindOf(url, options);
    const agent = agents.get(kind) ?? createAgent(kind, options);
    agents.set(kind, agent);
    return agent;
  };
  return {
    transport: (request) => exchange(agentFor(request.url), request, options.bodyTimeout),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      agents.clear();
    },
  };
}

function kindOf(url: URL, options: HttpOptions): Kind {
  const proxied = Boolean(options.proxy?.httpProxy || options.proxy?.httpsProxy) && !options.isLocal(url);
  const way = proxied ? 'proxied' : 'direct';
  return options.trustsAnyCertificate(url) ? `${way}-unverified` : way;
}

function createAgent(kind: Kind, options: HttpOptions): Dispatcher {
  const tls = kind.endsWith('unverified') ? { rejectUnauthorized: false } : {};
  const common = {
    connectTimeout: options.connectTimeout,
    headersTimeout: options.headersTimeout,
    bodyTimeout: options.bodyTimeout,
    allowH2: false, // layers come side by side: one connection each is faster than one flow-controlled for all
  };
  if (kind.startsWith('direct')) return new Agent({ ...common, connect: { ...tls, timeout: options.connectTimeout } });
  // Empty strings keep undici from looking into the environment by itself.
  return new EnvHttpProxyAgent({
    ...common,
    requestTls: tls,
    httpProxy: options.proxy?.httpProxy ?? '',
    httpsProxy: options.proxy?.httpsProxy ?? '',
    noProxy: options.proxy?.noProxy ?? '',
  });
}

async function exchange(agent: Dispatcher, request: HttpRequest, stall: number): Promise<HttpResponse> {
  const stalled = new AbortController();
  const signal = anySignal(request.signal, request.body && stalled.signal);
  const onStall = (): void => {
    stalled.abort(Object.assign(new Error('the body is not taken'), { code: UPLOAD_STALLED }));
  };
  const answer = agent.request({
    origin: request.url.origin,
    path: request.url.pathname + request.url.search,
    method: request.method,
    headers: { ...request.headers, ...lengthOf(request) },
    body:
      request.body === undefined
        ? null
        : Readable.from(watched(request.body.open(), stall, onStall), { objectMode: false }),
    signal: signal ?? null,
    ...(request.patience === undefined ? {} : { headersTimeout: request.patience }),
  });
  // While it connects, undici does not hear the signal.
  const response = await raceAbort(answer, signal);
  const { body } = response;
  body.on('error', () => undefined); // a discarded body may still fail
  return {
    status: response.statusCode,
    headers: flatten(response.headers),
    url: request.url,
    body,
    discard: () => {
      body.destroy();
    },
  };
}

// undici has no time-out for a body that the other side does not take.
async function* watched(
  body: AsyncIterable<Uint8Array>,
  milliseconds: number,
  onStall: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    const timer = setTimeout(onStall, milliseconds);
    try {
      yield chunk;
    } finally {
      clearTimeout(timer);
    }
  }
}

// With a length the registry sees at once when a body is cut off; without one undici would send chunks.
function lengthOf({ body }: HttpRequest): Readonly<Record<string, string>> {
  return body === undefined ? {} : { 'content-length': String(body.size) };
}

function flatten(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
