// The innermost transport: one HTTP exchange with undici, with time-outs and proxies. Knows no registry.
// Importing this module loads undici (some 30 ms): only a pull does.

import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { Readable } from 'node:stream';
import { abortReason, anySignal, raceAbort } from '../base/abort.ts';
import { unauthenticated, unavailable } from '../base/errors.ts';
import { BodyQueue } from './body-queue.ts';
import type { CertificateFinder, HostCertificates } from './certificates.ts';
import { UPLOAD_STALLED } from './failures.ts';
import type { HttpRequest, HttpResponse, RequestBody, Transport } from './http.ts';

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
  /** CAs and client certificates of single hosts. */
  readonly certificates: CertificateFinder;
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

/** Everything that needs connections of its own. */
interface Way {
  readonly proxied: boolean;
  readonly unverified: boolean;
  readonly certificates: HostCertificates | undefined;
}

export function createHttpClient(options: HttpOptions): HttpClient {
  const agents = new Map<string, Dispatcher>();
  const agentFor = (way: Way): Dispatcher => {
    const key = `${way.proxied} ${way.unverified} ${way.certificates?.stamp ?? ''}`;
    const agent = agents.get(key) ?? createAgent(way, options);
    agents.set(key, agent);
    return agent;
  };
  return {
    transport: async (request) => exchange(agentFor(await wayTo(request.url, options)), request, options.bodyTimeout),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      agents.clear();
    },
  };
}

async function wayTo(url: URL, options: HttpOptions): Promise<Way> {
  return {
    proxied: Boolean(options.proxy?.httpProxy || options.proxy?.httpsProxy) && !options.isLocal(url),
    unverified: options.trustsAnyCertificate(url),
    certificates: url.protocol === 'https:' ? await options.certificates(url) : undefined,
  };
}

function createAgent({ proxied, unverified, certificates }: Way, options: HttpOptions): Dispatcher {
  const { ca, cert, key } = certificates ?? {};
  const tls = {
    ...(unverified ? { rejectUnauthorized: false } : {}),
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert: [...cert], key: [...key] }),
  };
  const common = {
    connectTimeout: options.connectTimeout,
    headersTimeout: options.headersTimeout,
    bodyTimeout: options.bodyTimeout,
    allowH2: true,
    // What 40 ms there and back at 3 Gb/s hold: with smaller windows layers come slower than over HTTP/1.1 (RFC 9113 §6.9).
    h2Options: { initialWindowSize: 4 << 20, connectionWindowSize: 16 << 20 },
  };
  const connect = { ...tls, timeout: options.connectTimeout };
  if (!proxied) return new Agent({ ...common, connect });
  // Empty strings keep undici from looking into the environment by itself.
  return new EnvHttpProxyAgent({
    ...common,
    connect, // of hosts that the proxy is not for
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
  const answer = dispatch(
    agent,
    {
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method,
      headers: { ...request.headers, ...lengthOf(request) },
      body: request.body === undefined ? null : streamOf(request.body, stall, onStall),
      reset: false, // undici would give up the connection after each HEAD
      ...(request.patience === undefined ? {} : { headersTimeout: request.patience }),
    },
    signal,
  );
  // While it connects, undici does not hear the signal.
  const { status, headers, queue } = await raceAbort(answer, signal).catch((error: unknown) => {
    throw proxyRefusal(error, request.url) ?? error;
  });
  return {
    status,
    headers: flatten(headers),
    url: request.url,
    body: queue,
    discard: () => {
      queue.discard();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly queue: BodyQueue;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Resolves with the final response's head. The signal ends the exchange at any time, its body too. */
function dispatch(
  agent: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let queue: BodyQueue | undefined;
  let listening: (() => void) | undefined;
  const done = (): void => {
    if (listening !== undefined) signal?.removeEventListener('abort', listening);
  };
  agent.dispatch(options, {
    onRequestStart(controller) {
      if (signal === undefined) return;
      listening = () => {
        controller.abort(abortReason(signal));
      };
      if (signal.aborted) listening();
      else signal.addEventListener('abort', listening, { once: true });
    },
    onResponseStart(controller, status, headers) {
      if (status < 200) return;
      queue = new BodyQueue(controller);
      resolve({ status, headers, queue });
    },
    onResponseData(_controller, chunk) {
      queue?.push(chunk);
    },
    onResponseEnd() {
      done();
      queue?.end();
    },
    onResponseError(_controller, error) {
      done();
      queue?.fail(error);
      reject(error);
    },
  });
  return promise;
}

// What undici throws for a tunnel that the proxy does not make looks like an abort of the person's.
function proxyRefusal(error: unknown, { host }: URL): Error | undefined {
  const status = error instanceof Error ? /^Proxy response \((\d{3})\)/.exec(error.message)?.[1] : undefined;
  if (status === undefined) return undefined;
  return status === '407'
    ? unauthenticated('the proxy asks for a login', {
        hint: 'Put user name and password into its address: HTTPS_PROXY=http://user:password@host:port.',
      })
    : unavailable(`the proxy does not let through to ${host} (HTTP ${status})`, {
        hint: 'Check HTTPS_PROXY, or name the host in NO_PROXY.',
      });
}

// Over HTTP/2 undici destroys the body of a request whose answer is given up, also one that it never read: nobody listens then,
// and an error that nobody hears ends the process. What went wrong is the exchange's to say.
function streamOf(body: RequestBody, stall: number, onStall: () => void): Readable {
  return Readable.from(watched(body.open(), stall, onStall), { objectMode: false }).on('error', () => undefined);
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

function flatten(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
